import type { QueuedClass } from './gate-class.ts'
import type { ShedReason } from './visit.ts'

/** Why a request is refused with 503, and what the response says. */
export interface Refusal {
  code: string
  reason: ShedReason
  gateClass: QueuedClass
  /** How long the request would have had to wait, in ms. */
  predictedWaitMs: number
  /** The value of `Retry-After`, in seconds. */
  retryAfterSeconds: number
}

/** The problem document (RFC 9457) that is sent unless an app builds its own. */
export function defaultProblem({ code, reason, retryAfterSeconds }: Refusal): object {
  const cause = reason === 'closing' ? 'The server is being stopped.' : 'The server is busy.'
  return {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    code,
    detail: `${cause} Nothing was done; try again in ${retryAfterSeconds} s.`,
  }
}

const LONGEST_S = 60

/**
 * The delay after which a refused client should retry, in whole seconds from 1 to 60: the predicted wait plus up to half
 * of it at random, so that clients refused together do not retry together.
 *
 * @param random returns numbers from 0 up to 1.
 */
export function retryAfterIn(predictedWaitMs: number, random: () => number = Math.random): number {
  const honest = Math.max(1, Math.ceil(predictedWaitMs / 1000))
  // Rounded up or down at random. Always rounding down would make all clients retry after exactly one second.
  const jittered = Math.floor(honest * (1 + random() / 2) + random())
  return Math.min(LONGEST_S, jittered)
}
