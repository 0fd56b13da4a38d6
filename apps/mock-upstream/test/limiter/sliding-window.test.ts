import { expect, test } from 'vitest'
import { createSlidingWindow } from '../../src/limiter/sliding-window.ts'
import { takeUntilRefused } from '../support/take-until-refused.ts'

test('each accepted request counts for exactly one window', () => {
  const window = createSlidingWindow({ limit: 2, windowMs: 1000 })
  window.take(0)
  window.take(600)

  expect(window.take(999.99)).toBe(false)
  expect(window.take(1000)).toBe(true)
  expect(window.take(1599.99)).toBe(false)
  expect(window.take(1600)).toBe(true)
})

test('no window contains more than the limit, wherever it starts', () => {
  const rateLimit = { limit: 37, windowMs: 1000 }
  const window = createSlidingWindow(rateLimit)
  const accepted: number[] = []
  // The steps do not divide the window, so windows start at many different offsets.
  for (let nowMs = 0; nowMs < 60_000; nowMs += 6.18) if (window.take(nowMs)) accepted.push(nowMs)

  const spans = accepted.slice(rateLimit.limit).map((time, index) => time - (accepted[index] ?? 0))
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(rateLimit.windowMs)
  expect(accepted.length).toBeGreaterThan(59 * rateLimit.limit)
})

test('a limit of a hundred thousand holds in every window', () => {
  const window = createSlidingWindow({ limit: 100_000, windowMs: 1000 })

  expect([0, 1000, 2000].map((nowMs) => takeUntilRefused(window, nowMs))).toEqual([100_000, 100_000, 100_000])
})

test('the allowance states what is left, when the oldest request expires and when all have expired', () => {
  const window = createSlidingWindow({ limit: 3, windowMs: 1000 })
  expect(window.allowance(0)).toEqual({ remaining: 3, growsInMs: 0, fullInMs: 0 })

  window.take(100)
  window.take(400)

  expect(window.allowance(500)).toEqual({ remaining: 1, growsInMs: 600, fullInMs: 900 })
  expect(window.allowance(1100)).toEqual({ remaining: 2, growsInMs: 300, fullInMs: 300 })
  expect(window.allowance(1400)).toEqual({ remaining: 3, growsInMs: 0, fullInMs: 0 })
})
