import type { RateLimit, RateLimiter } from './rate-limiter.ts'

/**
 * Accepts at most `limit` requests in each window of `windowMs`. The windows follow each other without gaps from the
 * creation of the limiter, so twice the limit can pass around the end of a window.
 */
export function createFixedWindow({ limit, windowMs }: RateLimit, createdAtMs: number): RateLimiter {
  let currentWindow = 0
  let taken = 0

  function enterWindow(nowMs: number): void {
    const window = Math.floor((nowMs - createdAtMs) / windowMs)
    if (window === currentWindow) return
    currentWindow = window
    taken = 0
  }

  return {
    take(nowMs) {
      enterWindow(nowMs)
      if (taken >= limit) return false
      taken += 1
      return true
    },
    allowance(nowMs) {
      enterWindow(nowMs)
      const endsInMs = createdAtMs + (currentWindow + 1) * windowMs - nowMs
      return { remaining: limit - taken, growsInMs: endsInMs, fullInMs: endsInMs }
    },
  }
}
