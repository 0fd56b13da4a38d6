import {
  classOfStatus,
  isRetryableClass,
  NonRetryableError,
  OverloadedError,
  RateLimitedError,
  RetryableError,
} from '../errors.ts'
import { decodeBody, decompressBody, isCompressed, readBodyText, type HttpContent } from './http-content.ts'
import type { HttpResponse } from './http-exchange.ts'
import type { HttpRequest } from './http-request.ts'
import { placeOf } from './http-target.ts'
import { parseRetryAfter, type ResponseHeaders } from '../failure/retry-after.ts'
import type { Scrub } from './secrets.ts'

/** The result of an `http` task. */
export interface HttpResult extends HttpContent {
  status: number
  /** The response headers that are kept. */
  headers: Record<string, string>
}

const KEPT_HEADERS = [
  'content-type',
  'content-length',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'request-id',
  'x-request-id',
  'x-correlation-id',
  'x-trace-id',
  'x-amzn-requestid',
  'x-amz-request-id',
  'x-ms-request-id',
  'apim-request-id',
  'cf-ray',
]
const MAX_QUOTED_LENGTH = 200

/**
 * The result of a successful response. A body beyond the maximum fails the task, since half a body could pass for a
 * whole one.
 */
export function resultOf(
  request: HttpRequest,
  response: HttpResponse,
  maxBodyBytes: number,
): HttpResult | Promise<HttpResult> {
  if (!response.isComplete) throw tooLong(request, response, maxBodyBytes)
  if (!isCompressed(response)) return resultWith(response.body, request, response)
  return decompressWhole(request, response, maxBodyBytes).then((bytes) => resultWith(bytes, request, response))
}

function resultWith(bytes: Buffer, { scrub }: HttpRequest, { status, headers }: HttpResponse): HttpResult {
  const { body, bodyEncoding } = decodeBody(bytes, headers, scrub)
  const result: HttpResult = { status, headers: keepHeaders(headers, scrub), body }
  if (bodyEncoding) result.bodyEncoding = bodyEncoding
  return result
}

async function decompressWhole(request: HttpRequest, response: HttpResponse, maxBodyBytes: number): Promise<Buffer> {
  try {
    return await decompressBody(response, maxBodyBytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(request, response, maxBodyBytes)
    throw new RetryableError(`${subject(request, response)} with a body that cannot be decompressed`, {
      cause: error,
      failureClass: 'network',
      status: response.status,
    })
  }
}

function tooLong(request: HttpRequest, response: HttpResponse, maxBodyBytes: number): NonRetryableError {
  const declared = response.headers['content-length']
  const size = declared === undefined ? `more than ${maxBodyBytes}` : String(declared)
  return new NonRetryableError(
    `${subject(request, response)} with a body of ${size} bytes; the maximum is ${maxBodyBytes}`,
    { failureClass: 'invalid', status: response.status },
  )
}

/** The error of an unsuccessful response. Its message quotes the beginning of the body. */
export async function failureOf(request: HttpRequest, response: HttpResponse, now: number): Promise<Error> {
  const { status } = response
  const quoted = await quoteBody(request, response)
  const message = quoted === '' ? subject(request, response) : `${subject(request, response)}: ${quoted}`
  const failureClass = classOfStatus(status)
  if (failureClass === undefined) return notASuccess(request, response, message)
  const retryAfterMs = parseRetryAfter(response.headers, now)
  if (failureClass === 'rate_limited') return new RateLimitedError(retryAfterMs, message, { status })
  if (failureClass === 'overloaded') return new OverloadedError(message, retryAfterMs, { status })
  return isRetryableClass(failureClass)
    ? new RetryableError(message, { status })
    : new NonRetryableError(message, { status })
}

/** Mostly a redirect. Redirects are not followed, because the task's secrets are meant for the host it named. */
function notASuccess(request: HttpRequest, response: HttpResponse, message: string): NonRetryableError {
  const { location } = keepHeaders(response.headers, request.scrub)
  const hint =
    location === undefined ? '' : ` (redirects are not followed; location: ${location.slice(0, MAX_QUOTED_LENGTH)})`
  return new NonRetryableError(message + hint, { failureClass: 'invalid', status: response.status })
}

function subject({ method, target }: HttpRequest, { status }: HttpResponse): string {
  return `${method} ${placeOf(target)} returned ${status}`
}

async function quoteBody({ scrub }: HttpRequest, response: HttpResponse): Promise<string> {
  const bytes = isCompressed(response)
    ? await decompressBody(response, response.body.length * 20).catch(() => Buffer.alloc(0))
    : response.body
  // JSON is quoted as it was sent: parsed and serialized again, deep nesting would overflow the stack.
  const text = readBodyText(bytes, response.headers, scrub) ?? ''
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_QUOTED_LENGTH).toWellFormed()
}

function keepHeaders(headers: ResponseHeaders, scrub: Scrub | undefined): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of KEPT_HEADERS) {
    const value = headers[name]
    if (value === undefined) continue
    const text = Array.isArray(value) ? value.join(', ') : value
    kept[name] = scrub ? scrub(text) : text
  }
  return kept
}
