import type { RateLimiter } from '../../src/limiter/rate-limiter.ts'

/** Takes requests at one moment until the limiter refuses, and returns how many it accepted. */
export function takeUntilRefused(limiter: RateLimiter, nowMs: number): number {
  let taken = 0
  while (limiter.take(nowMs)) taken += 1
  return taken
}
