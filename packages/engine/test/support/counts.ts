import { expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { APPENDED_BYTES, PAGE_TASKS } from '../../src/keys.ts'
import { STATE_OF_BYTE } from '../../src/task/read-tasks.ts'
import { TASK_STATES, type TaskState } from '../../src/model/task.ts'
import { readRawBatch, type RawBatch } from './raw-batch.ts'

/**
 * Checks the counters, lengths and leases of a batch against its tasks. They must agree after every script.
 *
 * Lists of seqs are compared as strings for speed: this function runs some ten thousand times in a test run.
 */
export async function expectCountsToAddUp(engine: Engine, id: string): Promise<void> {
  const batch = await readRawBatch(engine, id)
  if (!batch) return
  try {
    expectToAddUp(batch)
  } catch (error) {
    if (!(await isErased(engine, id))) throw error
  }
}

/**
 * A reconciler that takes a creation for crashed erases its draft in several steps. If the creation is only slow, as some
 * tests have it, it may write the first keys after the step that marks them, and they then go without the mark.
 */
async function isErased(engine: Engine, id: string): Promise<boolean> {
  const draft = await engine.redis.zscore(engine.keys.drafts, id)
  return draft === '0' || (await readRawBatch(engine, id)) === undefined
}

function expectToAddUp(batch: RawBatch): void {
  const seqs = seqsByState(batch)
  expectCountersToMatchStates(batch, seqs)
  expectDueToHoldWhatWaits(batch, seqs)
  expectLeasesToHoldWhatRuns(batch, seqs)
  expectStartedToMatchLeases(batch)
  expectLengthsToMatchTotal(batch)
  expectAttemptsToMatchStates(batch, seqs)
}

type SeqsByState = Record<TaskState, number[]>

function seqsByState({ states }: RawBatch): SeqsByState {
  const seqs: SeqsByState = { pending: [], delayed: [], running: [], completed: [], failed: [], cancelled: [] }
  for (let seq = 0; seq < states.length; seq += 1) {
    const state = STATE_OF_BYTE[states.charAt(seq)]
    if (state === undefined) throw new Error(`Task ${seq} has the state byte "${states.charAt(seq)}".`)
    seqs[state].push(seq)
  }
  return seqs
}

function expectCountersToMatchStates({ meta }: RawBatch, seqs: SeqsByState): void {
  const counted = Object.fromEntries(TASK_STATES.map((state) => [state, seqs[state].length]))
  const counters = Object.fromEntries(TASK_STATES.map((state) => [state, Number(meta[state])]))
  expect(counters, 'counters of meta, beside the state bytes').toEqual(counted)
  const sum = Object.values(counters).reduce((total, count) => total + count, 0)
  expect(sum, 'sum of all counters, beside total').toBe(Number(meta['total']))
}

/** Fresh tasks are only in `states`. Tasks that were leased before and wait again are also in `due`. */
function expectDueToHoldWhatWaits({ meta, states, due }: RawBatch, seqs: SeqsByState): void {
  const cursor = Number(meta['cursor'])
  const waiting = [...seqs.delayed, ...seqs.pending.filter((seq) => seq < cursor)]
  expect(textOf(due.keys()), 'due, beside the delayed and released tasks').toBe(textOf(waiting))

  const beyond = states.slice(cursor)
  expect(beyond, 'states from the cursor on').toBe('p'.repeat(beyond.length))
}

function expectLeasesToHoldWhatRuns({ leases }: RawBatch, { running }: SeqsByState): void {
  const leased = leases.flatMap((lease) => lease.seqs)
  expect(textOf(leased), 'tasks in leases, beside the running tasks').toBe(textOf(running))
}

/** A worker runs the tasks of a lease one after another. */
function expectStartedToMatchLeases({ meta, leases }: RawBatch): void {
  const started = leases.filter(({ hasStarted }) => hasStarted).length
  expect(Number(meta['started'] ?? 0), 'started, beside the leases of which a task has started').toBe(started)
}

function expectLengthsToMatchTotal({ meta, states, attempts, appendedBytes, pageLengths }: RawBatch): void {
  const total = Number(meta['total'])
  const full = Math.floor(total / PAGE_TASKS)
  const last = total % PAGE_TASKS === 0 ? [] : [total % PAGE_TASKS]
  const lengths = { states: states.length, attempts: attempts.length, appended: appendedBytes / APPENDED_BYTES }
  expect(lengths, 'tasks in each string, beside total').toEqual({ states: total, attempts: total, appended: total })
  expect(pageLengths, 'tasks in each page').toEqual([...Array<number>(full).fill(PAGE_TASKS), ...last, 0])
}

function expectAttemptsToMatchStates({ attempts }: RawBatch, { running, completed, failed }: SeqsByState): void {
  const without = [...running, ...completed, ...failed].filter((seq) => attempts[seq] === 0)
  expect(without, 'tasks that ran without an attempt').toEqual([])
}

function textOf(seqs: Iterable<number>): string {
  return [...seqs].toSorted((a, b) => a - b).join(' ')
}
