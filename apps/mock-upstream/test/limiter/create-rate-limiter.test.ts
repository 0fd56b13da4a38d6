import { describe, expect, test } from 'vitest'
import { createRateLimiter } from '../../src/limiter/create-rate-limiter.ts'
import { takeUntilRefused } from '../support/take-until-refused.ts'

describe.each(['bucket', 'fixed', 'sliding'] as const)('a limiter of the kind %s', (kind) => {
  test('starts with its whole limit', () => {
    expect(takeUntilRefused(createRateLimiter(kind, { limit: 37, windowMs: 1000 }, 0), 0)).toBe(37)
  })

  test('does not count refused requests', () => {
    const limiter = createRateLimiter(kind, { limit: 1, windowMs: 1000 }, 0)
    limiter.take(0)
    for (let nowMs = 1; nowMs < 1000; nowMs += 1) expect(limiter.take(nowMs)).toBe(false)

    expect(limiter.take(1000)).toBe(true)
  })
})
