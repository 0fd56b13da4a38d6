import type { RateLimit, RateLimiter } from './rate-limiter.ts'

/** Sums of a million floating-point intervals are off by less than this, which no client can notice. */
const TOLERANCE_MS = 1e-6

/**
 * A bucket of `limit` tokens that starts full and gains them evenly over `windowMs`; a request takes one.
 *
 * Its state is not the number of tokens but the moment at which it will be full, so that refilling needs no rounding.
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
      // A full bucket grows no more; the next token of any other completes the (remaining + 1)th.
      const growsInMs = remaining === limit ? 0 : fullInMs - (limit - remaining - 1) * tokenMs
      return { remaining, growsInMs, fullInMs }
    },
  }
}
