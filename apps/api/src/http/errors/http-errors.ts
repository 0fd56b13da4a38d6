import { maxHeaderSize } from 'node:http'
import type { ErrorCode } from '@sluice/contracts'
import { SluiceError } from '@sluice/engine'

/** A refusal whose status exists in HTTP alone, so that no kind of `SluiceError` stands for it. */
export abstract class HttpError extends Error {
  abstract readonly status: number
  abstract readonly code: ErrorCode
  /** Headers of the answer. Default: none. */
  readonly headers: Readonly<Record<string, string>> = {}
  /** Values for programs. They become members of the problem document. */
  readonly details: Record<string, unknown> = {}

  override get name() {
    return this.constructor.name
  }
}

/** The body exceeds the size limit of its operation. */
export class BodyTooLargeError extends HttpError {
  readonly status = 413
  readonly code = 'SLUICE_BODY_TOO_LARGE'

  constructor(limitBytes: number, contentLength: string | undefined) {
    const size = contentLength === undefined ? 'more bytes' : `${contentLength} bytes`
    super(
      `The body has ${size}, but this operation accepts at most ${limitBytes} bytes. ` +
        'Append tasks in several requests, or as one NDJSON upload.',
    )
  }
}

/** The operation does not read bodies of this media type or encoding. */
export class MediaTypeError extends HttpError {
  readonly status = 415
  readonly code = 'SLUICE_MEDIA_TYPE'
  override readonly headers: Readonly<Record<string, string>>

  constructor(message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.headers = headers
  }
}

/** The bytes of the client are not an HTTP request. */
export class RequestMalformedError extends HttpError {
  readonly status = 400
  readonly code = 'SLUICE_REQUEST_MALFORMED'

  constructor(problem: string) {
    super(`This is not an HTTP request that the API understands: ${problem}.`)
  }
}

/** The headers of the request are larger than Node's limit. */
export class HeadersTooLargeError extends HttpError {
  readonly status = 431
  readonly code = 'SLUICE_HEADERS_TOO_LARGE'

  constructor() {
    super(`The headers of the request have more than ${maxHeaderSize} bytes.`)
  }
}

/** The headers of the request have not arrived in time. */
export class HeadersTooSlowError extends HttpError {
  readonly status = 408
  readonly code = 'SLUICE_HEADERS_TOO_SLOW'

  constructor() {
    super('The headers of the request arrive too slowly.')
  }
}

/** The request is for a host that the API does not go by. */
export class HostNotAllowedError extends HttpError {
  readonly status = 421
  readonly code = 'SLUICE_HOST_NOT_ALLOWED'

  constructor(host: string) {
    super(
      `This API does not go by the host "${host}". Call it by an address or as localhost, or add the name to ` +
        'SLUICE_ALLOWED_HOSTS.',
    )
  }
}

/** A page of another site made the request. */
export class CrossOriginError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_CROSS_ORIGIN'

  constructor(header: string, value: string) {
    super(
      `A page of another site made this request (${header}: ${value}). In browsers, the API serves its own pages and those ` +
        'of the origins in SLUICE_CORS_ORIGINS. A proxy in front must pass the header Host on unchanged.',
    )
  }
}

/** No operation has this path. */
export class RouteNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_ROUTE_NOT_FOUND'

  constructor(method: string, path: string) {
    super(`No operation matches ${method} ${path}. See /docs.`)
  }
}

/** The path has operations, but none with this method. */
export class MethodNotAllowedError extends HttpError {
  readonly status = 405
  readonly code = 'SLUICE_METHOD_NOT_ALLOWED'
  override readonly headers

  /** @param allowed the methods that the path has. */
  constructor(method: string, path: string, allowed: readonly string[]) {
    super(`${path} has no operation with the method ${method}. It has ${allowed.join(', ')}.`)
    this.headers = { allow: allowed.join(', ') }
  }
}

/** The process has so many streams of this kind open that another one could take memory that it lacks. */
export class TooManyStreamsError extends SluiceError {
  readonly kind = 'overloaded'
  readonly code = 'SLUICE_TOO_MANY_STREAMS'
  override readonly retryAfterMs = 5000

  constructor(owner: 'This process' | 'This API key', max: number, streams: string) {
    super(`${owner} already has ${max} ${streams} open.`)
  }
}

/** Redis cannot be reached, or cannot serve requests now. */
export class RedisUnavailableError extends SluiceError {
  readonly kind = 'unavailable'
  readonly code = 'SLUICE_REDIS_UNAVAILABLE'
  override readonly retryAfterMs = 1000

  constructor(cause?: unknown) {
    super('Redis cannot be reached at the moment. Stored data is not affected. Retry in one second.')
    this.cause = cause
  }
}
