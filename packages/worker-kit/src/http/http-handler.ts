import { Agent } from 'undici'
import { createGuardedConnector, type AddressGuardOptions } from './address-guard.ts'
import { classifyFailure } from '../failure/classify-failure.ts'
import { NonRetryableError, RetryableError } from '../errors.ts'
import type { HandlerContext, HttpDefaults } from '../handler.ts'
import { exchange, type HttpResponse } from './http-exchange.ts'
import { failureOf, resultOf, type HttpResult } from './http-outcome.ts'
import { invalidPayload, parseHttpPayload } from './http-payload.ts'
import { buildHttpRequest, type HttpRequest } from './http-request.ts'
import { parseExhausted } from '../failure/retry-after.ts'
import { createSecrets } from './secrets.ts'

/** What the `http` handler of one worker is made with. */
export interface HttpHandlerOptions extends AddressGuardOptions {
  /** What `${secret:NAME}` in a header stands for, by NAME. Default: none. */
  secrets?: Readonly<Record<string, string>> | undefined
  /** How long a response body may be, in bytes, decompressed. A longer one fails its task. Default 1 MiB. */
  maxBodyBytes?: number | undefined
  /** Connections per origin. Default: as many as there are calls; what runs at once is decided by the queue. */
  connections?: number | undefined
}

/** One call and its answer. */
export interface HttpCall {
  request: HttpRequest
  response: HttpResponse
}

/** The `http` handler: makes one HTTP call per task. */
export interface HttpHandler {
  (payload: unknown, context: HandlerContext): Promise<HttpResult>
  /** Makes one call as a task would, and returns whatever the upstream answered. Throws when it did not. */
  call(payload: unknown, context: { http: HttpDefaults; signal: AbortSignal }): Promise<HttpCall>
  /** Closes all connections. Calls still in flight fail as `network`, so drain the worker first. */
  close(): Promise<void>
}

/**
 * Makes the handler of `http` tasks.
 *
 * 2xx and the payload's `successStatus` make a result; when its headers say that nothing remains, the limit of the
 * queue is paused. 429 postpones the task, 502 and 503 are overload, both with the upstream's Retry-After; 408, other
 * 5xx, time-outs and broken connections are retried; everything else, redirects and bodies beyond the limit among it,
 * fails at once. When the upstream is down, calls fail as `network`; nothing is held back here, the batch's criteria and
 * the queue's limit decide.
 */
export function createHttpHandler(options: HttpHandlerOptions = {}): HttpHandler {
  const { secrets = {}, maxBodyBytes = 1024 * 1024, connections = null } = options
  // Every exchange has a time-out of its own, which covers all its phases; undici's would cut long ones short.
  const agent = new Agent({ connect: createGuardedConnector(options), connections, headersTimeout: 0, bodyTimeout: 0 })
  const fillInSecrets = createSecrets(secrets)

  async function call(input: unknown, { http, signal }: { http: HttpDefaults; signal: AbortSignal }) {
    const payload = parseHttpPayload(input)
    const isSuccess = successTest(payload.successStatus)
    const request = buildHttpRequest(payload, http, fillInSecrets)
    const response = await send(agent, request, { signal, isSuccess, maxBodyBytes })
    return { request, response, isSuccess }
  }

  async function handle(input: unknown, context: HandlerContext): Promise<HttpResult> {
    const { request, response, isSuccess } = await call(input, context)
    if (!isSuccess(response.status)) throw await failureOf(request, response, Date.now())
    context.pause(parseExhausted(response.headers, Date.now()) ?? 0)
    return await resultOf(request, response, maxBodyBytes)
  }

  return Object.assign(handle, { call, close: () => agent.destroy() })
}

function successTest(extra: number | readonly number[] = []): (status: number) => boolean {
  const also = new Set([extra].flat())
  return (status) => (status >= 200 && status < 300) || also.has(status)
}

/** Codes by which undici refuses a request before it sends anything. */
const UNSENDABLE = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

async function send(
  agent: Agent,
  request: HttpRequest,
  options: Parameters<typeof exchange>[2],
): Promise<HttpResponse> {
  try {
    return await exchange(agent, request, options)
  } catch (error) {
    // The loop that aborted the attempt knows its own reason best.
    if (options.signal.aborted && error === options.signal.reason) throw error
    throw explainFailure(error, request)
  }
}

/** Says which host a broken call was for, and keeps what it means. */
function explainFailure(error: unknown, { url }: HttpRequest): unknown {
  if (error instanceof NonRetryableError || error instanceof RetryableError) return error
  const { failureClass, message } = classifyFailure(error)
  if (UNSENDABLE.has(String((error as NodeJS.ErrnoException).code))) return invalidPayload(message, error)
  const isKnown = failureClass === 'timeout' || failureClass === 'network'
  return new RetryableError(`The call to ${url.host} failed: ${message}`, {
    cause: error,
    failureClass: isKnown ? failureClass : 'network',
  })
}
