import type { QueuedClass } from './gate-class.ts'
import type { ShedReason } from './visit.ts'

/** Why a request is answered with 503, and what its client is told. */
export interface Refusal {
  code: string
  reason: ShedReason
  gateClass: QueuedClass
  /** How long the request would have had to wait, in ms. */
  predictedWaitMs: number
  /** The value of `Retry-After`, in seconds. */
  retryAfterSeconds: number
}

/** The problem document (RFC 9457) that is sent where an app builds none of its own. */
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
 * When a refused client should come back, in whole seconds from 1 to 60: the predicted wait, and up to half of it on
 * top, so that those refused together do not come back together.
 *
 * @param random gives numbers from 0 up to 1.
 */
export function retryAfterIn(predictedWaitMs: number, random: () => number = Math.random): number {
  const honest = Math.max(1, Math.ceil(predictedWaitMs / 1000))
  // Rounded up or down by chance: always down would send everybody back after exactly one second.
  const jittered = Math.floor(honest * (1 + random() / 2) + random())
  return Math.min(LONGEST_S, jittered)
}
