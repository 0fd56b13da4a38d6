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

/** The allowance of a limiter at one moment. */
export interface Allowance {
  /** The number of requests that it would accept now. */
  remaining: number
  /**
   * The time until `remaining` grows without further requests. If nothing remains, the next request has to wait this
   * long.
   */
  growsInMs: number
  /** The time until the whole limit is available again without further requests. */
  fullInMs: number
}

/**
 * Counts requests against a rate limit. It accepts or refuses, and never queues. Every call passes the time of a
 * monotonic clock.
 */
export interface RateLimiter {
  /** Takes one request out of the allowance, or returns false and leaves the allowance unchanged. */
  take(nowMs: number): boolean
  allowance(nowMs: number): Allowance
}
