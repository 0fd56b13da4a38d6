import { expect, test } from 'vitest'
import type { FoundRate } from '../src/index.ts'
import { recommend } from '../src/recommend.ts'

const found = (max: number, perMs: number, burst: number | null = null): FoundRate => ({
  max,
  perMs,
  source: 'probing',
  family: burst === null ? 'sliding_log' : 'token_bucket',
  burst,
})

test('90% of the rate is recommended', () => {
  expect(recommend(found(500, 60_000), null).limit).toEqual({
    rules: [{ unit: 'requests', max: 450, perMs: 60_000 }],
    burstFactor: 2,
  })
})

test('for a small limit the window becomes longer instead, so that rounding loses no call', () => {
  expect(recommend(found(5, 1000), null).limit?.rules).toEqual([{ unit: 'requests', max: 5, perMs: 1112 }])
  expect(recommend(found(1, 1000), null).limit?.rules).toEqual([{ unit: 'requests', max: 1, perMs: 1112 }])
})

test('a bucket with less than one token per second makes a rule of whole calls', () => {
  expect(recommend(found(0.25, 1000, 10), null).limit?.rules).toEqual([{ unit: 'requests', max: 1, perMs: 4445 }])
})

test('a bucket with a small capacity gets evenly spaced calls', () => {
  expect(recommend(found(100, 1000, 3), null).limit?.burstFactor).toBe(1)
  expect(recommend(found(100, 1000, 50), null).limit?.burstFactor).toBe(2)
})

test.each([
  [1, 1],
  [2, 1],
  [5, 4],
  [20, 16],
])('for a concurrency limit of %i, %i is recommended', (limit, recommended) => {
  expect(recommend(null, limit)).toEqual({ limit: null, concurrency: recommended })
})
