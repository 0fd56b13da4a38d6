import { expect, test } from 'vitest'
import type { DeclaredLimit } from '../src/index.ts'
import { detect, errorOf, ratePerSecond } from './support/detect.ts'
import { fixedByClock, slidingLog, tokenBucket } from './support/limiters.ts'
import type { Limiter } from './support/virtual-upstream.ts'

/** A limiter that records the calls it accepts, so that headers can declare them. */
function counting(limiter: Limiter) {
  const passed: number[] = []
  const take = (at: number) => {
    const passes = limiter.take(at)
    if (passes) passed.push(at)
    return passes
  }
  return { passed, limiter: { take, waitMs: (at: number) => limiter.waitMs(at) } }
}

function requests(max: number, rest: Partial<DeclaredLimit>): DeclaredLimit[] {
  return [{ unit: 'requests', max, ...rest }]
}

test('a declared window is trusted after verification', async () => {
  const declare = () => requests(100, { perMs: 10_000, remaining: 60 })

  const result = await detect({ limiter: fixedByClock(100, 10_000), declare })

  expect(result.rate.limit).toMatchObject({ max: 100, perMs: 10_000, source: 'headers' })
  expect(result).toMatchObject({ confidence: 'high', cost: { rejections: 0 } })
  expect(result.recommended.limit).toEqual({ rules: [{ unit: 'requests', max: 90, perMs: 10_000 }], burstFactor: 2 })
})

test('all declared request limits become rules, and a note names those of other units', async () => {
  const declare = (): DeclaredLimit[] => [
    { unit: 'requests', max: 20, perMs: 1000, remaining: 18 },
    { unit: 'requests', max: 600, perMs: 60_000, remaining: 500 },
    { unit: 'tokens', max: 40_000, perMs: 60_000 },
  ]

  const result = await detect({ limiter: slidingLog(20, 1000), declare })

  expect(result.recommended.limit?.rules).toEqual([
    { unit: 'requests', max: 18, perMs: 1000 },
    { unit: 'requests', max: 540, perMs: 60_000 },
  ])
  expect(result.notes.join(' ')).toContain('40000 tokens')
})

test('a declared limit is not trusted if calls at its rate are rejected', async () => {
  const declare = () => requests(200, { perMs: 10_000, remaining: 100 })

  const result = await detect({ limiter: slidingLog(100, 10_000), declare })

  expect(result.rate.limit?.source).toBe('probing')
  expect(errorOf(ratePerSecond(result.rate.limit ?? { max: 0, perMs: 1 }), 10)).toBeCloseTo(0, 1)
  expect(result.notes.join(' ')).toContain('calls at that rate were rejected')
})

test.each([
  ['ms', 1],
  ['whole seconds', 1000],
])('the window of a bucket is inferred from the declared time until it is full, in %s', async (_name, quantumMs) => {
  const { passed, limiter } = counting(tokenBucket(500 / 60, 500))
  let level = 500
  let filledAt = 0
  let counted = 0
  const declare = (at: number) => {
    level = Math.min(500, level + ((at - filledAt) / 1000) * (500 / 60)) - (passed.length - counted)
    counted = passed.length
    filledAt = at
    const fullInMs = ((500 - level) * 60_000) / 500
    return requests(500, { remaining: Math.floor(level), resetMs: Math.ceil(fullInMs / quantumMs) * quantumMs })
  }

  const result = await detect({ limiter, declare })

  expect(result.rate.limit).toMatchObject({ max: 500, perMs: 60_000, source: 'headers', family: 'token_bucket' })
})

test.each([
  ['by the clock', fixedByClock(60, 10_000), (at: number) => 10_000 - (at % 10_000)],
  ['sliding', slidingLog(60, 10_000), () => 9990],
])('a window %s is inferred from its declared reset', async (_name, inner, resetMs) => {
  const { passed, limiter } = counting(inner)
  const declare = (at: number) => {
    const used = passed.filter((time) => Math.floor(time / 10_000) === Math.floor(at / 10_000)).length
    return requests(60, { remaining: Math.max(0, 60 - used), resetMs: Math.ceil(resetMs(at)) })
  }

  const result = await detect({ limiter, declare })

  expect(result.rate.limit).toMatchObject({ max: 60, perMs: 10_000, source: 'headers' })
})
