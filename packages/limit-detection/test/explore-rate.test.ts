import { expect, test } from 'vitest'
import { detect, errorOf, ratePerSecond } from './support/detect.ts'
import { fixedByClock, fixedFromFirst, slidingCounter, tokenBucket } from './support/limiters.ts'

/** A network that delays calls by different times, and calls that take different times. */
const UNEVEN = { serviceMs: [40, 400], networkMs: [10, 60] } as const

/** One status for too many calls at once and another one for too many in a window, and default budgets. */
const MIXED = {
  busyStatus: 503,
  budgets: { requests: undefined, rejections: undefined, seconds: undefined, maxConcurrency: undefined },
}

/** The relative error of the detected rate. */
function rateErrorOf({ rate }: Awaited<ReturnType<typeof detect>>, max: number, perMs: number): number {
  return errorOf(ratePerSecond(rate.limit ?? { max: 0, perMs: 1 }), ratePerSecond({ max, perMs }))
}

test('a bucket is verified before a window that explains the calls as well, so that the window is not taken for it', async () => {
  const upstream = { ...MIXED, ...UNEVEN, limiter: tokenBucket(130 / 60, 130), concurrency: 4 }

  const result = await detect({ ...upstream, seed: 88 })

  expect(rateErrorOf(result, 130, 60_000)).toBeCloseTo(0, 2)
  expect(result.rate.limit?.family).toBe('token_bucket')
})

test('an estimate that fails twice is corrected twice', async () => {
  const upstream = { ...MIXED, limiter: fixedByClock(130, 60_000), concurrency: 7 }

  const result = await detect({ ...upstream, seed: 35 })

  expect(rateErrorOf(result, 130, 60_000)).toBeCloseTo(0, 2)
  expect(result.confidence).toBe('high')
})

test('the fourth estimate is still verified, after three that have failed', async () => {
  const upstream = { ...MIXED, ...UNEVEN, limiter: fixedFromFirst(33, 1000), concurrency: 11 }

  const result = await detect({ ...upstream, seed: 6 })

  expect(rateErrorOf(result, 33, 1000)).toBeCloseTo(0, 1)
  expect(result.confidence).toBe('high')
})

test('the calls of a verification make a verified estimate more precise', async () => {
  const upstream = { ...MIXED, limiter: slidingCounter(33, 1000), concurrency: 7 }

  const result = await detect({ ...upstream, seed: 59 })

  expect(rateErrorOf(result, 33, 1000)).toBeCloseTo(0, 3)
})
