import { createFixedWindow } from './fixed-window.ts'
import type { LimiterKind, RateLimit, RateLimiter } from './rate-limiter.ts'
import { createSlidingWindow } from './sliding-window.ts'
import { createTokenBucket } from './token-bucket.ts'

const CREATE_BY_KIND: Record<LimiterKind, (rateLimit: RateLimit, nowMs: number) => RateLimiter> = {
  bucket: createTokenBucket,
  fixed: createFixedWindow,
  sliding: createSlidingWindow,
}

/** Creates a limiter with its whole limit available. */
export function createRateLimiter(kind: LimiterKind, rateLimit: RateLimit, nowMs: number): RateLimiter {
  return CREATE_BY_KIND[kind](rateLimit, nowMs)
}
