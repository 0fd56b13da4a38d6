import { expect, test } from 'vitest'
import { roundestRate } from '../src/round-rate.ts'

test.each([
  [19.6, 20.3, 20],
  [47, 52, 50],
  [9.2, 13, 10],
  [11.2, 12.9, 12],
  [8.2, 8.4, 500 / 60],
  [0.97, 1.04, 1],
  [0.0163, 0.0169, 1 / 60],
])('between %d and %d per second, the roundest rate is %d', (low, high, rate) => {
  expect(roundestRate(low, high)).toBeCloseTo(rate, 6)
})

test('a range without a round rate has its middle', () => {
  expect(roundestRate(13.671, 13.679)).toBeCloseTo(13.675, 3)
})
