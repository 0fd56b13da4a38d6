import { abortSourceOf } from '../abort-source.ts'
import { Deadlines, type Expiring } from '../deadlines.ts'
import type { HandlerContext } from '../handler.ts'
import { createConnections, type ConnectionsOptions } from './connections.ts'
import { exchange, type ExchangeOptions, type HttpResponse } from './http-exchange.ts'
import { failureOf, resultOf, type HttpResult } from './http-outcome.ts'
import { parseHttpPayload } from './http-payload.ts'
import { buildHttpRequest, type HttpRequest } from './http-request.ts'
import { parseExhausted } from '../failure/retry-after.ts'
import { createSecrets, type Secret } from './secrets.ts'

/** Options of the `http` handler. */
export interface HttpHandlerOptions extends ConnectionsOptions {
  /** What replaces `${secret:NAME}` in headers, and the hosts that it may be sent to, by NAME. Default: none. */
  secrets?: Readonly<Record<string, Secret>> | undefined
  /** Maximum length of a response body after decompression, in bytes. A longer body fails its task. Default 1 MiB. */
  maxBodyBytes?: number | undefined
}

/** What a call needs besides its payload. */
export type CallContext = Pick<HandlerContext, 'http' | 'signal' | 'log'> & Partial<Pick<HandlerContext, 'traceparent'>>

/** One call and its response. */
export interface HttpCall {
  request: HttpRequest
  response: HttpResponse
}

/** The `http` handler: makes one HTTP call per task. */
export interface HttpHandler {
  (payload: unknown, context: HandlerContext): Promise<HttpResult>
  /** Makes one call as a task does, and returns the response whatever its status. Throws if there is no response. */
  call(payload: unknown, context: CallContext): Promise<HttpCall>
  /** Closes all connections. Calls in flight fail with class `network`, so close the worker first. */
  close(): Promise<void>
}

/**
 * Creates the handler of `http` tasks.
 *
 * A 2xx status, or a status in the payload's `successStatus`, completes the task. If the response headers declare a
 * limit exhausted, the limit of the queue is paused. A 429 postpones the task; a 502 or 503 is an overload; both
 * respect Retry-After. A 408, another 5xx, a timeout and a broken connection are retried. Any other response fails the
 * task at once, including redirects and bodies beyond the maximum. While the upstream is down, calls fail with class
 * `network`; the handler does not hold calls back, which is left to the batch's criteria and the queue's limit.
 */
export function createHttpHandler(options: HttpHandlerOptions = {}): HttpHandler {
  const { secrets = {}, maxBodyBytes = 1024 * 1024 } = options
  const deadlines = new Deadlines<Expiring>()
  const connections = createConnections(options)
  const fillInSecrets = createSecrets(secrets)

  async function call(input: unknown, context: CallContext): Promise<HttpCall> {
    const request = buildHttpRequest(parseHttpPayload(input), context, fillInSecrets)
    return { request, response: await exchange(connections, request, exchangeOptions(context)) }
  }

  /** Does without `call`, which would take a promise more for each task. */
  async function handle(input: unknown, context: HandlerContext): Promise<HttpResult> {
    const request = buildHttpRequest(parseHttpPayload(input), context, fillInSecrets)
    const response = await exchange(connections, request, exchangeOptions(context))
    if (!response.isSuccess) throw await failureOf(request, response, Date.now())
    const pauseMs = parseExhausted(response.headers, Date.now())
    if (pauseMs !== undefined) context.pause(pauseMs)
    return resultOf(request, response, maxBodyBytes)
  }

  function exchangeOptions(context: CallContext): ExchangeOptions {
    return { deadlines, abort: abortSourceOf(context), maxBodyBytes, context }
  }

  return Object.assign(handle, { call, close: () => connections.close() })
}
