import { expect, test } from 'vitest'
import { schedule } from '../../bench/schedule.ts'

test('a phase has as many arrivals as its rate says, in order and within its time', () => {
  const times = schedule([{ seconds: 10, rate: 100 }, { seconds: 10, rate: 400 }], 1) // prettier-ignore

  const early = times.filter((time) => time < 10_000)
  expect(early.length / 1000).toBeCloseTo(1, 0)
  expect((times.length - early.length) / 4000).toBeCloseTo(1, 1)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times.at(-1)).toBeLessThan(20_000)
})

test('the same seed gives the same schedule, and another seed another', () => {
  const phases = [{ seconds: 1, rate: 100 }]

  expect(schedule(phases, 7)).toEqual(schedule(phases, 7))
  expect(schedule(phases, 7)).not.toEqual(schedule(phases, 8))
})
