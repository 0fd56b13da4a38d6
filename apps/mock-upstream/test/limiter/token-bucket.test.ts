import { expect, test } from 'vitest'
import { createTokenBucket } from '../../src/limiter/token-bucket.ts'
import { takeUntilRefused } from '../support/take-until-refused.ts'

test('it starts full, and adds one token every windowMs / limit', () => {
  const bucket = createTokenBucket({ limit: 4, windowMs: 1000 })

  expect(takeUntilRefused(bucket, 0)).toBe(4)
  expect(bucket.take(249.99)).toBe(false)
  expect(bucket.take(250)).toBe(true)
  expect(bucket.take(250)).toBe(false)
  expect(takeUntilRefused(bucket, 1000)).toBe(3)
})

test('it never holds more than its limit, however long it rests', () => {
  const bucket = createTokenBucket({ limit: 4, windowMs: 1000 })
  takeUntilRefused(bucket, 0)

  expect(takeUntilRefused(bucket, 1_000_000)).toBe(4)
})

test.for([1, 3, 7, 97, 1000, 99_991])(
  'a limit of %i gives exactly as many, though it divides nothing evenly',
  (limit) => {
    const bucket = createTokenBucket({ limit, windowMs: 1000 })

    expect(takeUntilRefused(bucket, 123_456.789)).toBe(limit)
  },
)

test('a client that calls continuously gets the limit plus exactly one refill per window', () => {
  const bucket = createTokenBucket({ limit: 300, windowMs: 1000 })
  let accepted = 0
  for (let nowMs = 5000; nowMs <= 65_000; nowMs += 0.25) if (bucket.take(nowMs)) accepted += 1

  expect(accepted).toBe(300 + 60 * 300)
})

test('the allowance states the whole tokens, when the next one comes and when the bucket is full', () => {
  const bucket = createTokenBucket({ limit: 4, windowMs: 1000 })
  expect(bucket.allowance(0)).toEqual({ remaining: 4, growsInMs: 0, fullInMs: 0 })

  bucket.take(0)
  bucket.take(0)

  expect(bucket.allowance(0)).toEqual({ remaining: 2, growsInMs: 250, fullInMs: 500 })
  expect(bucket.allowance(100)).toEqual({ remaining: 2, growsInMs: 150, fullInMs: 400 })
  expect(bucket.allowance(600)).toEqual({ remaining: 4, growsInMs: 0, fullInMs: 0 })
})

test('the stated time of the next token is exact', () => {
  for (const limit of [1, 3, 7, 1000]) {
    const bucket = createTokenBucket({ limit, windowMs: 777 })
    takeUntilRefused(bucket, 1e6)
    const { growsInMs } = bucket.allowance(1e6)

    expect(bucket.take(1e6 + growsInMs - 0.001)).toBe(false)
    expect(bucket.take(1e6 + growsInMs)).toBe(true)
  }
})
