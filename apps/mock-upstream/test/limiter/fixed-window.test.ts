import { expect, test } from 'vitest'
import { createFixedWindow } from '../../src/limiter/fixed-window.ts'
import { takeUntilRefused } from '../support/take-until-refused.ts'

test('it gives the limit once in each window, counted from its creation', () => {
  const window = createFixedWindow({ limit: 3, windowMs: 1000 }, 500)

  expect(takeUntilRefused(window, 500)).toBe(3)
  expect(takeUntilRefused(window, 1499.99)).toBe(0)
  expect(takeUntilRefused(window, 1500)).toBe(3)
})

test('twice the limit passes around the end of a window, as with the real ones', () => {
  const window = createFixedWindow({ limit: 3, windowMs: 1000 }, 0)

  expect(takeUntilRefused(window, 999)).toBe(3)
  expect(takeUntilRefused(window, 1000)).toBe(3)
})

test('windows in which nobody asks pass all the same and leave nothing over', () => {
  const window = createFixedWindow({ limit: 3, windowMs: 1000 }, 0)

  expect(takeUntilRefused(window, 7900)).toBe(3)
  expect(takeUntilRefused(window, 7999)).toBe(0)
  expect(takeUntilRefused(window, 8000)).toBe(3)
})

test('the allowance tells what is left and when the window ends', () => {
  const window = createFixedWindow({ limit: 3, windowMs: 1000 }, 0)
  window.take(100)

  expect(window.allowance(250)).toEqual({ remaining: 2, growsInMs: 750, fullInMs: 750 })
  expect(window.allowance(1000)).toEqual({ remaining: 3, growsInMs: 1000, fullInMs: 1000 })
})
