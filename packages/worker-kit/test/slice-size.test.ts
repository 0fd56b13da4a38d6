import { describe, expect, test } from 'vitest'
import { movingAverage, nextSliceSize } from '../src/slice-size.ts'

describe('the next slice', () => {
  test.for<[string, number, number | undefined, number]>([
    ['is one task at the beginning of a run, however fast tasks were before', 0, 0.01, 1],
    ['is one task while nothing is known about their time', 1, undefined, 1],
    ['is at most double the last one', 1, 0.01, 2],
    ['is at most double the last one, later too', 32, 0.01, 64],
    ['is at most 128 tasks', 128, 0.01, 128],
    ['is at most 128 tasks that take no time at all', 128, 0, 128],
    ['holds about 20 ms of work', 64, 2, 10],
    ['holds less than 20 ms of work rather than more', 64, 3, 6],
    ['shrinks at once when tasks have become slow', 128, 15, 1],
    ['is one task when each takes longer than that', 128, 60_000, 1],
  ])('%s', ([, lastSize, averageMs, expected]) => {
    expect(nextSliceSize(lastSize, averageMs)).toBe(expected)
  })
})

describe('the average', () => {
  test('begins with the first duration', () => {
    expect(movingAverage(undefined, 40)).toBe(40)
  })

  test('is moved a tenth of the way by each further one', () => {
    expect(movingAverage(10, 20)).toBe(11)
    expect(movingAverage(20, 10)).toBe(19)
  })

  test('comes to what the durations have become', () => {
    let averageMs: number | undefined = 1000
    for (let task = 0; task < 100; task += 1) averageMs = movingAverage(averageMs, 1)

    expect(averageMs).toBeLessThan(1.1)
  })
})
