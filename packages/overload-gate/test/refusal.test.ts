import { expect, test } from 'vitest'
import { retryAfterIn } from '../src/refusal.ts'

const least = () => 0
const most = () => 0.999_999

test.each([
  [0, 1, 2],
  [150, 1, 2],
  [1000, 1, 2],
  [1001, 2, 3],
  [4000, 4, 6],
  [40_000, 40, 60],
  [600_000, 60, 60],
])('a wait of %i ms is answered with %i to %i s', (waitMs, from, to) => {
  expect([retryAfterIn(waitMs, least), retryAfterIn(waitMs, most)]).toEqual([from, to])
})

test('clients that are refused together do not retry together', () => {
  const seconds = new Set(Array.from({ length: 200 }, () => retryAfterIn(500)))

  expect(seconds).toEqual(new Set([1, 2]))
})
