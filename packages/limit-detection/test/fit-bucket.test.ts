import { describe, expect, test } from 'vitest'
import { fitBucket } from '../src/fit-bucket.ts'
import { fixedFromFirst, slidingLog, tokenBucket } from './support/limiters.ts'
import { traceOf, traceOfDrains } from './support/traces.ts'
import type { Limiter } from './support/virtual-upstream.ts'

const SECOND = 1000

/** The bucket that best fits a limiter that is drained once, and again after each of these rests. */
function fitTo(limiter: Limiter, restsInSeconds: readonly number[] = [1, 2, 4, 1, 8]) {
  return fitBucket(traceOfDrains(limiter, { restsMs: restsInSeconds.map((seconds) => seconds * SECOND) }))
}

describe('a bucket', () => {
  test.each([
    [10, 20],
    [3, 5],
    [50, 100],
  ])('of %i per second with a capacity of %i is explained without a miss', (perSecond, burst) => {
    const fit = fitTo(tokenBucket(perSecond, burst))

    expect(fit).toMatchObject({ family: 'token_bucket', perMs: SECOND, misses: 0 })
    expect(fit?.max).toBeCloseTo(perSecond, 0)
    expect(Math.abs((fit?.burst ?? 0) / burst - 1)).toBeLessThan(0.1)
  })

  test('with a whole number of tokens per minute is fitted with exactly that rate', () => {
    const fit = fitTo(tokenBucket(0.5, 4), [4, 10, 6, 20, 5])

    expect(fit?.misses).toBe(0)
    expect((fit?.max ?? 0) * 60).toBeCloseTo(30, 0)
  })

  test('is fitted with its own capacity, independent of its rate', () => {
    const bursts = [5, 40].map((burst) => fitTo(tokenBucket(20, burst))?.burst ?? 0)

    expect(bursts[0]).toBeCloseTo(5, 0)
    expect(bursts[1]).toBeGreaterThan(35)
  })
})

test('the capacity of a bucket is found although the first drain started half empty', () => {
  const bucket = tokenBucket(20, 40)
  for (let taken = 0; taken < 15; taken += 1) bucket.take(10_000)

  expect(fitTo(bucket, [8, 1, 8, 2])?.burst).toBeGreaterThan(30)
})

test.each([
  ['that starts with the first call', () => fixedFromFirst(20, SECOND)],
  ['that slides', () => slidingLog(20, SECOND)],
])('a window %s is not explained by a bucket', (_name, create) => {
  const fit = fitTo(create(), [1, 0.4, 0.7, 2.5, 0.15, 0.9])

  expect(fit?.misses).toBeGreaterThan(3)
})

test('no bucket is found if no call was rejected', () => {
  expect(fitBucket(traceOf(tokenBucket(1000, 1000), [0, 10, 20, 30]))).toBeUndefined()
})
