import { expect, test } from 'vitest'
import { seededRandom } from '../src/index.ts'

function draw(seed: number, count: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random())
}

test('the same seed gives the same numbers, and another seed gives others', () => {
  expect(draw(7, 100)).toEqual(draw(7, 100))
  expect(draw(7, 100)).not.toEqual(draw(8, 100))
})

test('the numbers are spread evenly from 0 up to 1', () => {
  const numbers = draw(1, 10_000)

  const perTenth = Array.from({ length: 10 }, (_, i) => numbers.filter((n) => Math.floor(n * 10) === i).length)
  expect(perTenth.every((count) => Math.abs(count - 1000) < 100)).toBe(true)
})
