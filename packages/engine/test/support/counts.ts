import { expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { STATE_OF_BYTE } from '../../src/task/read-page.ts'
import { TASK_STATES, type TaskState } from '../../src/task/task.ts'
import { readRawBatch, type RawBatch } from './raw-batch.ts'

const PAGE_TASKS = 128
const APPENDED_BYTES = 5

/** Holds what a batch says of itself against its tasks: what must be true after every script, whatever it did. */
export async function expectCountsToAddUp(engine: Engine, id: string): Promise<void> {
  const batch = await readRawBatch(engine, id)
  if (!batch) return
  expectCountersToMatchStates(batch)
  expectDueToHoldWhatWaits(batch)
  expectLeasesToHoldWhatRuns(batch)
  expectLengthsToMatchTotal(batch)
  expectAttemptsToMatchStates(batch)
}

/** The seqs whose state is this one. */
export function seqsIn(state: TaskState, { states }: RawBatch): number[] {
  return states.split('').flatMap((byte, seq) => (STATE_OF_BYTE[byte] === state ? [seq] : []))
}

function expectCountersToMatchStates(batch: RawBatch): void {
  const counted = Object.fromEntries(TASK_STATES.map((state) => [state, seqsIn(state, batch).length]))
  const counters = Object.fromEntries(TASK_STATES.map((state) => [state, Number(batch.meta[state])]))
  expect(counters, 'counters of meta, beside the state bytes').toEqual(counted)
  expect(
    Object.values(counters).reduce((sum, count) => sum + count, 0),
    'sum of all counters, beside total',
  ).toBe(Number(batch.meta['total']))
}

/** Fresh tasks are only in the string; what was leased before, and waits again, is in `due` too. */
function expectDueToHoldWhatWaits(batch: RawBatch): void {
  const cursor = Number(batch.meta['cursor'])
  const givenBack = seqsIn('pending', batch).filter((seq) => seq < cursor)
  const waiting = [...seqsIn('delayed', batch), ...givenBack]
  expect(sorted(batch.due.keys()), 'due, beside the delayed and the given-back tasks').toEqual(sorted(waiting))

  const beyond = batch.states.slice(cursor)
  expect(beyond, 'states from the cursor on').toBe('p'.repeat(beyond.length))
}

function expectLeasesToHoldWhatRuns(batch: RawBatch): void {
  const leased = batch.leases.flatMap(({ seqs }) => seqs)
  expect(sorted(leased), 'tasks in leases, beside the running ones').toEqual(seqsIn('running', batch))
}

function expectLengthsToMatchTotal({ meta, states, attempts, appendedBytes, pageLengths }: RawBatch): void {
  const total = Number(meta['total'])
  const full = Math.floor(total / PAGE_TASKS)
  const last = total % PAGE_TASKS === 0 ? [] : [total % PAGE_TASKS]
  const lengths = { states: states.length, attempts: attempts.length, appended: appendedBytes / APPENDED_BYTES }
  expect(lengths, 'tasks in each string, beside total').toEqual({ states: total, attempts: total, appended: total })
  expect(pageLengths, 'tasks in each page').toEqual([...Array<number>(full).fill(PAGE_TASKS), ...last, 0])
}

function expectAttemptsToMatchStates(batch: RawBatch): void {
  const begun = (['running', 'completed', 'failed'] as const).flatMap((state) => seqsIn(state, batch))
  const without = begun.filter((seq) => batch.attempts[seq] === 0)
  expect(without, 'tasks that ran without an attempt').toEqual([])
}

function sorted(seqs: Iterable<number>): number[] {
  return [...seqs].toSorted((a, b) => a - b)
}
