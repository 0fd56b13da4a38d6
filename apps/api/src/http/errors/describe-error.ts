import type { ErrorCode } from '@sluice/contracts'
import { type ErrorKind, SluiceError } from '@sluice/engine'
import type { FastifyRequest } from 'fastify'
import { UploadAbortedError } from '../../intake/intake-errors.ts'
import { fastifyRefusals } from './fastify-refusals.ts'
import { HttpError, RedisUnavailableError } from './http-errors.ts'
import { printable } from './printable.ts'
import { isRedisFull, isRedisOutage } from './redis-outage.ts'

/** What the caller learns of an error. */
export interface Failure {
  status: number
  code: ErrorCode
  detail: string
  retryAfterMs?: number | undefined
  details?: Record<string, unknown>
  headers?: Readonly<Record<string, string>>
}

/** The status of each kind of refusal. */
export const STATUS_BY_KIND = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  changed: 412,
  late: 408,
  limited: 429,
  overloaded: 503,
  full: 507,
  unavailable: 503,
} satisfies Record<ErrorKind, number>

/** Redis has run out of memory since the engine last checked. */
const STORAGE_FULL_FAILURE: Failure = {
  status: 507,
  code: 'SLUICE_STORAGE_FULL',
  detail: 'Redis has used all of its maxmemory. Requests that need memory are rejected until some is free.',
  retryAfterMs: 10_000,
}

/** Its details stay in the log. */
export const INTERNAL_FAILURE: Failure = {
  status: 500,
  code: 'SLUICE_INTERNAL',
  detail: 'An unexpected error occurred. The log has the details under this requestId.',
}

/** The only place where an error becomes something that a caller sees. */
export function describeError(error: unknown, request: FastifyRequest): Failure {
  if (error instanceof SluiceError || error instanceof HttpError) return describeRefusal(error)
  if (isHangUp(error)) return describeRefusal(new UploadAbortedError())
  if (isRedisFull(error)) return STORAGE_FULL_FAILURE
  if (isRedisOutage(error)) return describeRefusal(new RedisUnavailableError(error))
  const refusal = fastifyRefusals[codeOf(error)]
  return refusal === undefined ? INTERNAL_FAILURE : describeRefusal(refusal(request))
}

function describeRefusal(error: SluiceError | HttpError): Failure {
  const detail = printable(error.message)
  if (error instanceof HttpError) {
    const { status, code, headers, details } = error
    return { status, code, detail, headers, details }
  }
  const { kind, code, retryAfterMs, details } = error
  return { status: STATUS_BY_KIND[kind], code: code as ErrorCode, detail, retryAfterMs, details }
}

/** How Node reports a client that closed the connection while its request was being read. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error && error.message === 'aborted' && codeOf(error) === 'ECONNRESET'
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null | undefined)?.code)
}
