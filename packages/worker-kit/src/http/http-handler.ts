import { Deadlines, type Expiring } from '../deadlines.ts'
import { classifyFailure } from '../failure/classify-failure.ts'
import { NonRetryableError, RetryableError } from '../errors.ts'
import type { HandlerContext, Logger } from '../handler.ts'
import { RefusedConnectionError } from './address-guard.ts'
import { createConnections, type ConnectionsOptions } from './connections.ts'
import { exchange, type HttpResponse } from './http-exchange.ts'
import { failureOf, resultOf, type HttpResult } from './http-outcome.ts'
import { invalidPayload, parseHttpPayload } from './http-payload.ts'
import { buildHttpRequest, type HttpRequest } from './http-request.ts'
import { placeOf } from './http-target.ts'
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
    const { signal, log } = context
    const payload = parseHttpPayload(input)
    const request = buildHttpRequest(payload, context, fillInSecrets)
    const { successStatus } = payload
    try {
      const response = await exchange(connections, request, { deadlines, signal, successStatus, maxBodyBytes })
      return { request, response }
    } catch (error) {
      if (error instanceof RefusedConnectionError) logRefusal(log, error)
      // The abort reason is passed on unchanged, so that the worker recognizes it.
      throw signal.aborted && error === signal.reason ? error : explainFailure(error, request)
    }
  }

  async function handle(input: unknown, context: HandlerContext): Promise<HttpResult> {
    const { request, response } = await call(input, context)
    if (!response.isSuccess) throw await failureOf(request, response, Date.now())
    const pauseMs = parseExhausted(response.headers, Date.now())
    if (pauseMs !== undefined) context.pause(pauseMs)
    return resultOf(request, response, maxBodyBytes)
  }

  return Object.assign(handle, { call, close: () => connections.close() })
}

/** Error codes with which undici refuses a request before sending it. */
const UNSENDABLE = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

function logRefusal(log: Logger, { host, addresses }: RefusedConnectionError): void {
  log.info({ host, addresses }, 'a task or a detection was refused a connection')
}

/** Adds the host and the path to the error of a broken call and keeps the meaning of the error. */
function explainFailure(error: unknown, { target }: HttpRequest): unknown {
  if (error instanceof NonRetryableError || error instanceof RetryableError) return error
  const { failureClass, message } = classifyFailure(error)
  if (UNSENDABLE.has(String((error as NodeJS.ErrnoException).code))) return invalidPayload(message, error)
  const isKnown = failureClass === 'timeout' || failureClass === 'network'
  return new RetryableError(`The call to ${placeOf(target)} failed: ${message}`, {
    cause: error,
    failureClass: isKnown ? failureClass : 'network',
  })
}
