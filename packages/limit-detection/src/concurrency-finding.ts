import type { Call } from './probe.ts'

/** How many concurrent calls the upstream accepts. */
export interface ConcurrencyFinding {
  /** The limit. Null if none was reached. */
  limit: number | null
  /** The highest concurrency that was accepted. */
  atLeast: number
  /** The largest burst that was tried. */
  tried: number
  /** Whether bursts of exactly the limit are accepted, and larger ones are not. */
  isConfirmed: boolean
  /** The bursts that have shown the limit. */
  calls: readonly Call[]
  /**
   * What ended the search, so that larger bursts could not be judged. `rate`: a rate limit. `inconsistency`: rejections
   * that did not recur in the same way. Undefined: the largest burst that is allowed.
   */
  endedBy?: 'rate' | 'inconsistency' | undefined
}
