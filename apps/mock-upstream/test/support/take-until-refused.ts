import type { RateLimiter } from '../../src/limiter/rate-limiter.ts'

/** Takes at one moment for as long as it is allowed, and says how often it was. */
export function takeUntilRefused(limiter: RateLimiter, nowMs: number): number {
  let taken = 0
  while (limiter.take(nowMs)) taken += 1
  return taken
}
