import { expect, test } from 'vitest'
import { BodyBudget } from '../../src/intake/body-budget.ts'
import { OverloadedError } from '../../src/intake/intake-errors.ts'

test('shares a budget between bodies, and refuses the one that exceeds it', () => {
  const used: number[] = []
  const budget = new BodyBudget(100, (bytes) => used.push(bytes))
  const [first, second] = [budget.open(), budget.open()]

  first.resize(60)
  second.resize(40)
  expect(() => first.resize(61)).toThrow(OverloadedError)
  second.resize(10)
  first.resize(90)

  expect(used).toEqual([60, 100, 70, 100])
})

test('gets back what a body took once it is closed, and nothing is taken for it any more', () => {
  const used: number[] = []
  const budget = new BodyBudget(100, (bytes) => used.push(bytes))
  const share = budget.open()
  share.resize(100)

  share.close()
  share.resize(50)
  share.close()
  budget.open().resize(100)

  expect(used.at(-1)).toBe(100)
})
