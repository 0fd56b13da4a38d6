import type { RateLimit, RateLimiter } from './rate-limiter.ts'

/** The rounding error of a million floating-point intervals is below this, which no client can notice. */
const TOLERANCE_MS = 1e-6

/**
 * Holds `limit` tokens, starts full, and refills evenly over `windowMs`. A request takes one token.
 *
 * Its state is the moment at which it will be full, not the number of tokens, so that refilling requires no rounding.
 */
export function createTokenBucket({ limit, windowMs }: RateLimit): RateLimiter {
  const tokenMs = windowMs / limit
  let fullAtMs = Number.NEGATIVE_INFINITY

  return {
    take(nowMs) {
      const nextFullAtMs = Math.max(fullAtMs, nowMs) + tokenMs
      if (nextFullAtMs - nowMs > windowMs + TOLERANCE_MS) return false
      fullAtMs = nextFullAtMs
      return true
    },
    allowance(nowMs) {
      const fullInMs = Math.max(fullAtMs - nowMs, 0)
      const remaining = Math.floor((windowMs - fullInMs + TOLERANCE_MS) / tokenMs)
      // A full bucket does not grow. In any other, the next token to complete is number remaining + 1.
      const growsInMs = remaining === limit ? 0 : fullInMs - (limit - remaining - 1) * tokenMs
      return { remaining, growsInMs, fullInMs }
    },
  }
}
