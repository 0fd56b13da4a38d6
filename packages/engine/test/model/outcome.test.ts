import { expect, test } from 'vitest'
import { outcomeOf, type BatchOutcome } from '../../src/model/outcome.ts'
import type { TaskCounts } from '../../src/model/task-counts.ts'

const NONE = { total: 0, pending: 0, delayed: 0, running: 0, completed: 0, failed: 0, cancelled: 0 }

test.for<[what: string, outcome: BatchOutcome | null, isFinished: boolean, counts: Partial<TaskCounts>]>([
  ['succeeds if all tasks are completed', 'succeeded', true, { total: 2, completed: 2 }],
  ['succeeds if it has no task', 'succeeded', true, {}],
  ['fails if no task is completed', 'failed', true, { total: 2, failed: 2 }],
  ['is partial if some tasks are', 'partial', true, { total: 2, completed: 1, failed: 1 }],
  ['is partial if some were cancelled', 'partial', true, { total: 2, completed: 1, cancelled: 1 }],
  ['fails if it was cancelled before a task was completed', 'failed', true, { total: 2, cancelled: 2 }],
  ['has no outcome while it is active', null, false, { total: 1, completed: 1 }],
  ['has no outcome while it can be resumed', null, false, { total: 1, failed: 1 }],
  ['has no outcome while cancelled tasks still run', null, true, { total: 2, completed: 1, running: 1 }],
  ['has no outcome while cancelled tasks are leased', null, true, { total: 2, completed: 1, pending: 1 }],
])('a batch %s', ([, outcome, isFinished, counts]) => {
  expect(outcomeOf(isFinished, { ...NONE, ...counts })).toBe(outcome)
})
