import { type Static, Type } from 'typebox'

export const RateLimit = Type.Object(
  {
    limit: Type.Integer({ minimum: 1 }),
    windowMs: Type.Number({ minimum: 1 }),
  },
  { additionalProperties: false },
)
export type RateLimit = Static<typeof RateLimit>

export const LimiterKind = Type.Enum(['bucket', 'fixed', 'sliding'])
export type LimiterKind = Static<typeof LimiterKind>

/** What a limiter has left at one moment. */
export interface Allowance {
  /** Whole requests it would accept now. */
  remaining: number
  /**
   * Until `remaining` grows by itself, or would if it were not whole. When nothing remains, this is how long the next
   * request has to wait.
   */
  growsInMs: number
  /** Until the whole limit is available again, if nothing is taken in between. */
  fullInMs: number
}

/**
 * Counts requests against a rate limit. It accepts or refuses, and never queues. Every call takes the time of a monotonic
 * clock.
 */
export interface RateLimiter {
  /** Takes one request out of the allowance, or returns false and leaves the allowance unchanged. */
  take(nowMs: number): boolean
  allowance(nowMs: number): Allowance
}
