import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RedisClock } from '../../src/limit/redis-clock.ts'

const REDIS_US = 1_700_000_000_000_000

// The local clock stands still: on a busy machine the time between two readings may be long.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** How far the clock's bounds are from a Redis that is `aheadUs` ahead of the local clock. */
function bounds(clock: RedisClock, aheadUs: number): { tooEarlyUs: number; tooLateUs: number } {
  const truth = performance.now() * 1000 + aheadUs
  return { tooEarlyUs: truth - clock.earliestUs(), tooLateUs: clock.latestUs() - truth }
}

test('the time lies between its bounds, which the fastest transfers in each direction determine', () => {
  const clock = new RedisClock()
  const now = performance.now()
  const ahead = REDIS_US - now * 1000
  // 5 ms there and 1 ms back, then 1 ms there and 20 ms back.
  clock.learn(now - 6, now, REDIS_US - 1000)
  clock.learn(now - 21, now, REDIS_US - 20_000)

  const { tooEarlyUs, tooLateUs } = bounds(clock, ahead)

  expect(tooEarlyUs).toBeCloseTo(1000, 0)
  expect(tooLateUs).toBeCloseTo(1000, 0)
})

test('a slow answer widens neither bound', () => {
  const clock = new RedisClock()
  const now = performance.now()
  const ahead = REDIS_US - now * 1000
  clock.learn(now - 1, now, REDIS_US - 500)

  clock.learn(now - 400, now, REDIS_US - 200_000)

  expect(bounds(clock, ahead).tooEarlyUs).toBeCloseTo(500, 0)
  expect(bounds(clock, ahead).tooLateUs).toBeCloseTo(500, 0)
})

test('after a clock has been set, the bounds are learnt again', () => {
  const clock = new RedisClock()
  const now = performance.now()
  clock.learn(now - 1, now, REDIS_US)

  clock.learn(now - 1, now, REDIS_US - 3_600_000_000)

  const { tooEarlyUs, tooLateUs } = bounds(clock, REDIS_US - 3_600_000_000 - now * 1000)
  expect(tooEarlyUs).toBeLessThan(1500)
  expect(tooLateUs).toBeLessThan(1500)
})

test('start times are asked for as far ahead as answers took lately, at most a quarter of a second', () => {
  const clock = new RedisClock()
  const now = performance.now()
  clock.learn(now - 1, now, REDIS_US - 500)
  const quick = clock.leadUs

  clock.learn(now - 60, now, REDIS_US - 40_000)
  const slow = clock.leadUs
  clock.learn(now - 5000, now, REDIS_US - 4_000_000)
  const frozen = clock.leadUs
  for (let i = 0; i < 200; i += 1) clock.learn(now - 1, now, REDIS_US - 500)

  expect(quick).toBeLessThanOrEqual(1000)
  expect(slow).toBeGreaterThan(39_000)
  expect(frozen).toBe(250_000)
  expect(clock.leadUs).toBeLessThan(1100)
})
