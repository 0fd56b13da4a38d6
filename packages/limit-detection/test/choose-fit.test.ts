import { describe, expect, test } from 'vitest'
import { chooseFit } from '../src/choose-fit.ts'
import type { LimiterFit } from '../src/fit-windows.ts'
import { slidingLog } from './support/limiters.ts'
import { traceOf } from './support/traces.ts'

/** A trace with 100 rejections. */
const trace = traceOf(
  slidingLog(1, 1_000_000),
  Array.from({ length: 101 }, (_, i) => 10_000 + i),
)

/** An explanation, by default a sliding window of 100 calls per second that explains every call. */
function fit(differs: Partial<LimiterFit> = {}): LimiterFit {
  return { family: 'sliding_log', max: 100, perMs: 1000, misses: 0, ...differs }
}

const bucket = (perSecond: number, misses = 0) => fit({ family: 'token_bucket', max: perSecond, burst: 50, misses })

describe('the chosen explanation', () => {
  test('has the fewest misses', () => {
    expect(chooseFit([fit({ misses: 4 }), fit({ perMs: 1060, misses: 2 })], trace)).toMatchObject({ perMs: 1060 })
  })

  test('is, among equals, a common window', () => {
    expect(chooseFit([fit(), fit({ perMs: 1030 }), fit({ perMs: 1060 })], trace)).toMatchObject({ perMs: 1000 })
  })

  test('is, among equals, the simplest kind', () => {
    const fits = [fit({ family: 'sliding_counter' }), bucket(100), fit({ family: 'fixed_by_clock' }), fit()]

    expect(chooseFit(fits, trace)).toMatchObject({ family: 'sliding_log' })
    expect(chooseFit(fits.slice(0, 3), trace)).toMatchObject({ family: 'fixed_by_clock' })
  })

  test('is, among equals without a common window, the one in the middle', () => {
    const windows = [1030, 990, 1010].map((perMs) => fit({ perMs }))

    expect(chooseFit(windows, trace)).toMatchObject({ perMs: 1010 })
  })

  test('is a weighted count over an uncommon window only if it explains at least three calls more', () => {
    const weighted = fit({ family: 'sliding_counter', perMs: 1060 })

    expect(chooseFit([weighted, fit({ misses: 2 })], trace)).toMatchObject({ family: 'sliding_log' })
    expect(chooseFit([weighted, fit({ misses: 4 })], trace)).toMatchObject({ family: 'sliding_counter' })
  })

  test('is another uncommon window only if it explains at least one call more', () => {
    const uncommon = fit({ perMs: 1060 })

    expect(chooseFit([uncommon, fit({ misses: 1 })], trace)).toMatchObject({ perMs: 1000 })
    expect(chooseFit([uncommon, fit({ misses: 2 })], trace)).toMatchObject({ perMs: 1060 })
  })

  test('is undefined without candidates', () => {
    expect(chooseFit([], trace)).toBeUndefined()
  })
})

describe('an estimate is clear', () => {
  test('when all equally good explanations agree about the rate', () => {
    const estimate = chooseFit([fit(), fit({ perMs: 2000, max: 198 })], trace)

    expect(estimate).toMatchObject({ isClear: true, error: 0 })
    expect(estimate?.range[0]).toBeCloseTo(99, 0)
    expect(estimate?.range[1]).toBe(100)
  })

  test('but not when an equally good explanation has another rate', () => {
    expect(chooseFit([fit(), fit({ perMs: 2000, max: 220 })], trace)).toMatchObject({
      isClear: false,
      range: [100, 110],
    })
  })

  test('but not when it leaves more than 15% of the rejections unexplained', () => {
    expect(chooseFit([fit({ misses: 15 })], trace)).toMatchObject({ isClear: true, error: 0.15 })
    expect(chooseFit([fit({ misses: 16 })], trace)).toMatchObject({ isClear: false, error: 0.16 })
  })
})

describe('a window has a rival', () => {
  test('in a bucket that fits nearly as well at another rate', () => {
    expect(chooseFit([fit(), bucket(85, 1)], trace)?.rival).toMatchObject({ family: 'token_bucket', max: 85 })
  })

  test('but not in a bucket of about the same rate', () => {
    expect(chooseFit([fit(), bucket(96, 1)], trace)?.rival).toBeUndefined()
  })

  test('but not in a bucket that fits much worse', () => {
    expect(chooseFit([fit(), bucket(85, 2)], trace)?.rival).toBeUndefined()
  })

  test('but not in another window', () => {
    expect(chooseFit([fit(), fit({ perMs: 2000, max: 160, misses: 1 })], trace)?.rival).toBeUndefined()
  })
})

test('a bucket has a rival in a window that fits nearly as well at another rate', () => {
  expect(chooseFit([bucket(85), fit({ misses: 1 })], trace)).toMatchObject({
    max: 85,
    rival: { max: 100, perMs: 1000 },
  })
})

test('the range of a bucket whose rate is uncertain makes the estimate unclear', () => {
  const uncertain = fit({ family: 'token_bucket', max: 100, burst: 50, range: [90, 110] })

  expect(chooseFit([uncertain], trace)).toMatchObject({ isClear: false, range: [90, 110] })
})
