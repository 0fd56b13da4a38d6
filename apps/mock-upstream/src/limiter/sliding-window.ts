import type { RateLimit, RateLimiter } from './rate-limiter.ts'
import { createTimeQueue } from './time-queue.ts'

/** Accepts at most `limit` requests in any window of `windowMs`. It remembers each accepted request that long. */
export function createSlidingWindow({ limit, windowMs }: RateLimit): RateLimiter {
  const accepted = createTimeQueue()

  return {
    take(nowMs) {
      accepted.dropUntil(nowMs - windowMs)
      if (accepted.size() >= limit) return false
      accepted.push(nowMs)
      return true
    },
    allowance(nowMs) {
      accepted.dropUntil(nowMs - windowMs)
      return {
        remaining: limit - accepted.size(),
        growsInMs: (accepted.oldest() ?? nowMs - windowMs) + windowMs - nowMs,
        fullInMs: (accepted.newest() ?? nowMs - windowMs) + windowMs - nowMs,
      }
    },
  }
}
