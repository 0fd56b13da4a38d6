import { describe, expect, test } from 'vitest'
import { movingAverage, nextSliceSize } from '../../src/ticket/slice-size.ts'

describe('the next slice', () => {
  test.for<[string, { last: number; task?: number; turn?: number }, number]>([
    ['is one task at the beginning of a run, however fast tasks were before', { last: 0, task: 0.01 }, 1],
    ['is one task while nothing is known about their time', { last: 1 }, 1],
    ['is at most double the last one', { last: 1, task: 0.01 }, 2],
    ['is at most double the last one, later too', { last: 32, task: 0.01 }, 64],
    ['is at most 128 tasks', { last: 128, task: 0.01 }, 128],
    ['is at most 128 tasks that take no time at all', { last: 128, task: 0 }, 128],
    ['holds at least 20 ms of work, whatever a turn takes', { last: 64, task: 2, turn: 0.3 }, 10],
    ['holds more than 20 ms of work rather than less', { last: 64, task: 3 }, 7],
    ['holds twenty times the work that a turn takes', { last: 64, task: 10, turn: 4 }, 8],
    ['aims at no more than 150 ms of work, however long turns take', { last: 128, task: 10, turn: 400 }, 15],
    ['holds three tasks of 50 ms when turns are slow', { last: 128, task: 50.6, turn: 400 }, 3],
    ['holds no second task that would make it 200 ms', { last: 128, task: 101, turn: 400 }, 1],
    ['shrinks at once when tasks have become slow', { last: 128, task: 15 }, 2],
    ['is one task when each takes longer than that', { last: 128, task: 60_000, turn: 400 }, 1],
  ])('%s', ([, { last, task, turn }, expected]) => {
    expect(nextSliceSize(last, task, turn)).toBe(expected)
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
