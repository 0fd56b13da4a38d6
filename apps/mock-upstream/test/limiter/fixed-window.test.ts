import { expect, test } from 'vitest'
import { createFixedWindow } from '../../src/limiter/fixed-window.ts'
import { takeUntilRefused } from '../support/take-until-refused.ts'

test.each([
  [
    'the limit passes once in each window, counted from its creation',
    500,
    [
      [500, 3],
      [1499.99, 0],
      [1500, 3],
    ],
  ],
  [
    'twice the limit passes around the end of a window, as with real APIs',
    0,
    [
      [999, 3],
      [1000, 3],
    ],
  ],
  [
    'windows in which nothing is taken pass all the same, and leave nothing over',
    0,
    [
      [7900, 3],
      [7999, 0],
      [8000, 3],
    ],
  ],
] as const)('%s', (_guarantee, createdAtMs, expected) => {
  const window = createFixedWindow({ limit: 3, windowMs: 1000 }, createdAtMs)

  expect(expected.map(([nowMs]) => [nowMs, takeUntilRefused(window, nowMs)])).toEqual(expected)
})

test('the allowance states what is left and when the window ends', () => {
  const window = createFixedWindow({ limit: 3, windowMs: 1000 }, 0)
  window.take(100)

  expect(window.allowance(250)).toEqual({ remaining: 2, growsInMs: 750, fullInMs: 750 })
  expect(window.allowance(1000)).toEqual({ remaining: 3, growsInMs: 1000, fullInMs: 1000 })
})
