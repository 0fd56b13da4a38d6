import { type ErrorKind, SluiceError } from '@sluice/engine'
import { EncodingUnsupportedError, RedisUnavailableError, UploadAbortedError } from './api-errors.ts'
import { isRedisFull, isRedisOutage } from './redis-outage.ts'

/** What the caller gets to know of an error. */
export interface Failure {
  status: number
  code: `SLUICE_${string}`
  detail: string
  retryAfterMs?: number | undefined
  details?: Record<string, unknown>
}

export const STATUS_BY_KIND = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  limited: 429,
  overloaded: 503,
  full: 507,
  unavailable: 503,
} satisfies Record<ErrorKind, number>

/** The refusals that Fastify makes itself, by its codes. Any other of its errors is a bug of ours. */
export const FASTIFY_REFUSALS: Record<string, Failure> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'SLUICE_BODY_TOO_LARGE',
    detail: 'The body is larger than this route takes. Append tasks in several requests, or as one NDJSON upload.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'SLUICE_MEDIA_TYPE',
    detail:
      'This route does not read bodies of that Content-Type. Send application/json, or application/x-ndjson to append tasks.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'SLUICE_REQUEST_INVALID',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: {
    status: 400,
    code: 'SLUICE_REQUEST_INVALID',
    detail: 'The path is not valid: a % must be followed by two hexadecimal digits of UTF-8.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    status: 400,
    code: 'SLUICE_REQUEST_INVALID',
    detail: 'A part of the path is too long to name anything.',
  },
}

/** Redis has run full between two looks at its memory. */
const STORAGE_FULL_FAILURE: Failure = {
  status: 507,
  code: 'SLUICE_STORAGE_FULL',
  detail: 'Redis has used all of its maxmemory: nothing is taken in until there is room again.',
  retryAfterMs: 10_000,
}

export const INTERNAL_FAILURE: Failure = {
  status: 500,
  code: 'SLUICE_INTERNAL',
  detail: 'Something went wrong on our side. The log has the details under this requestId.',
}

/** The only place where an error becomes something a caller may see. */
export function describeError(error: unknown): Failure {
  if (error instanceof SluiceError) return describeRefusal(error)
  if (error instanceof EncodingUnsupportedError) {
    return { status: 415, code: 'SLUICE_MEDIA_TYPE', detail: error.message }
  }
  if (isHangUp(error)) return describeRefusal(new UploadAbortedError())
  if (isRedisFull(error)) return STORAGE_FULL_FAILURE
  if (isRedisOutage(error)) return describeRefusal(new RedisUnavailableError(error))
  return FASTIFY_REFUSALS[codeOf(error)] ?? INTERNAL_FAILURE
}

function describeRefusal({ kind, code, message, retryAfterMs, details }: SluiceError): Failure {
  return { status: STATUS_BY_KIND[kind], code, detail: message, retryAfterMs, details }
}

/** How Node reports a request whose client went away while it was being read. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error && error.message === 'aborted' && codeOf(error) === 'ECONNRESET'
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null | undefined)?.code)
}
