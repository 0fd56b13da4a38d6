import { expect, test } from 'vitest'
import { percentile } from '../src/index.ts'

test('a percentile is one of the values, in whatever order they come', () => {
  const values = [30, 10, 50, 20, 40]

  expect([0.5, 0.8, 0.99].map((share) => percentile(values, share))).toEqual([30, 40, 50])
})

test('it is rounded to a tenth', () => {
  expect(percentile([1.26], 0.5)).toBe(1.3)
})

test('no values have the percentile 0', () => {
  expect(percentile([], 0.5)).toBe(0)
})
