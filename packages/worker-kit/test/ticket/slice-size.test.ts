import { describe, expect, test } from 'vitest'
import { nextSliceSize } from '../../src/ticket/slice-size.ts'

describe('the next slice', () => {
  test.for<[string, { last: number; task?: number; turn?: number }, number]>([
    ['is one task in the first turn for a batch, however fast its tasks are', { last: 0, task: 0.01 }, 1],
    ['is one task while the duration of tasks is unknown', { last: 1 }, 1],
    ['is at most double the last slice', { last: 1, task: 0.01 }, 2],
    ['is at most double the last slice, later too', { last: 32, task: 0.01 }, 64],
    ['is at most 128 tasks', { last: 128, task: 0.01 }, 128],
    ['is at most 128 tasks even if they take no time', { last: 128, task: 0 }, 128],
    ['holds at least 40 ms of work, however short turns are', { last: 64, task: 2, turn: 0.3 }, 20],
    ['holds more than 40 ms of work rather than less', { last: 64, task: 3 }, 14],
    ['holds forty times the duration of a turn', { last: 64, task: 10, turn: 2 }, 8],
    ['aims at no more than 150 ms of work, however long turns take', { last: 128, task: 10, turn: 400 }, 15],
    ['holds three tasks of 50 ms when turns are slow', { last: 128, task: 50.6, turn: 400 }, 3],
    ['holds one task if a second one would exceed 200 ms', { last: 128, task: 101, turn: 400 }, 1],
    ['shrinks at once when tasks become slow', { last: 128, task: 30 }, 2],
    ['is one task if each takes longer than 200 ms', { last: 128, task: 60_000, turn: 400 }, 1],
  ])('%s', ([, { last, task, turn }, expected]) => {
    expect(nextSliceSize(last, task, turn)).toBe(expected)
  })
})
