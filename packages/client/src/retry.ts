import { ApiError, ConnectionError, type SluiceError } from './errors.ts'

/**
 * When a request may be repeated. `always`: it has the same effect again. `if_refused`: only if the API says that it did
 * nothing, since a request whose answer was lost may have succeeded.
 */
export type Repeatable = 'always' | 'if_refused'

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 8000

/** Codes with which the API refuses a request before it begins. */
const NOTHING_DONE = new Set(['SLUICE_OVERLOADED', 'SLUICE_TOO_MANY_STREAMS', 'SLUICE_TOO_MANY_FAILURES'])

/** Time until a request is worth repeating, in ms. Undefined: never. */
export function retryDelayMs(error: SluiceError, retries: number, repeatable: Repeatable): number | undefined {
  if (error instanceof ConnectionError) return repeatable === 'always' ? backoffMs(retries) : undefined
  if (!(error instanceof ApiError) || !isTemporary(error)) return undefined
  const isSafe = repeatable === 'always' || error.status === 429 || NOTHING_DONE.has(error.code)
  return isSafe ? (askedMs(error) ?? backoffMs(retries)) : undefined
}

/** Doubles up to a bound, with full jitter: clients that failed together do not return together. */
export function backoffMs(retries: number): number {
  return Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** retries)
}

/** Storage that is full does not empty within the seconds that a client waits. */
function isTemporary({ status, code }: ApiError): boolean {
  return [408, 429, 502, 503, 504].includes(status) || code === 'SLUICE_IDEMPOTENCY_IN_PROGRESS'
}

function askedMs({ problem, headers }: ApiError): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return problem.retryAfterMs ?? (Number.isFinite(seconds) ? seconds * 1000 : undefined)
}
