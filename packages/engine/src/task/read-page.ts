import type { Engine } from '../engine.ts'
import { APPENDED_BYTES, PAGE_TASKS } from '../keys.ts'
import { range } from '../range.ts'
import type { Task, TaskError, TaskResult, TaskState } from './task.ts'

/** Which byte of `states` stands for which state. Scripts know it too: `lib/task-states.lua`. */
export const STATE_OF_BYTE: Readonly<Record<string, TaskState>> = {
  p: 'pending',
  d: 'delayed',
  r: 'running',
  c: 'completed',
  f: 'failed',
  x: 'cancelled',
}

/** What is stored of one task, decoded. */
export interface StoredTask {
  seq: number
  state: TaskState
  attempts: number
  envelope: Envelope
  outcome: StoredOutcome | undefined
}

interface Envelope {
  type?: string
  payload?: unknown
  key?: string
  weights?: Record<string, number>
}

/** As workers write it, with the time that take-turn puts in front. */
interface StoredOutcome {
  at: number
  /** Missing when the worker died. */
  ms?: number
  attempt: number
  result?: unknown
  error?: TaskError
}

/** The tasks of page `n`. Each of the four reads is atomic, all of them together are not: a task may move in between. */
export async function readPage(engine: Engine, batchId: string, n: number): Promise<StoredTask[]> {
  const keys = engine.keys.batch(batchId)
  const first = n * PAGE_TASKS
  const last = first + PAGE_TASKS - 1
  const [states, attempts, envelopes, outcomes] = await Promise.all([
    engine.redis.getrange(keys.states, first, last),
    engine.redis.getrangeBuffer(keys.attempts, first, last),
    engine.redis.lrange(keys.page(n), 0, -1),
    engine.redis.hgetall(keys.outcome(n)),
  ])
  return range(Math.min(states.length, envelopes.length)).map((i) => ({
    seq: first + i,
    state: stateOf(states, i),
    attempts: attempts[i] ?? 0,
    envelope: JSON.parse(envelopes[i] ?? '{}') as Envelope,
    outcome: parseOutcome(outcomes[i]),
  }))
}

/** One task. */
export async function readStoredTask(engine: Engine, batchId: string, seq: number): Promise<StoredTask | undefined> {
  const keys = engine.keys.batch(batchId)
  const n = Math.floor(seq / PAGE_TASKS)
  const offset = seq % PAGE_TASKS
  const [states, attempts, envelope, outcome] = await Promise.all([
    engine.redis.getrange(keys.states, seq, seq),
    engine.redis.getrangeBuffer(keys.attempts, seq, seq),
    engine.redis.lindex(keys.page(n), offset),
    engine.redis.hget(keys.outcome(n), String(offset)),
  ])
  if (envelope === null) return undefined
  return {
    seq,
    state: stateOf(states, 0),
    attempts: attempts[0] ?? 0,
    envelope: JSON.parse(envelope) as Envelope,
    outcome: parseOutcome(outcome ?? undefined),
  }
}

function stateOf(states: string, i: number): TaskState {
  return STATE_OF_BYTE[states[i] ?? ''] ?? 'pending'
}

function parseOutcome(text: string | undefined): StoredOutcome | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as StoredOutcome)
}

/** What is recorded of a task, without its payload. */
export function toTaskResult({ seq, state, attempts, envelope, outcome }: StoredTask): TaskResult {
  return {
    seq,
    key: envelope.key ?? null,
    state,
    attempts,
    finishedAt: outcome ? new Date(outcome.at) : null,
    durationMs: outcome?.ms ?? null,
    result: outcome?.result ?? null,
    error: outcome?.error ?? null,
  }
}

/** The task with its payload and times. */
export async function toTask(
  engine: Engine,
  batchId: string,
  batch: { type: string; createdAt: number },
  stored: StoredTask,
): Promise<Task> {
  const { appended, due } = engine.keys.batch(batchId)
  const at = stored.seq * APPENDED_BYTES
  const [sinceCreation, dueAt] = await Promise.all([
    engine.redis.getrangeBuffer(appended, at, at + APPENDED_BYTES - 1),
    stored.state === 'delayed' ? engine.redis.zscore(due, String(stored.seq)) : null,
  ])
  const { envelope } = stored
  return {
    ...toTaskResult(stored),
    type: envelope.type ?? batch.type,
    payload: envelope.payload,
    weights: envelope.weights ?? null,
    appendedAt: new Date(batch.createdAt + readMs(sinceCreation)),
    dueAt: dueAt === null ? null : new Date(Number(dueAt)),
  }
}

function readMs(bytes: Buffer): number {
  return bytes.length === APPENDED_BYTES ? bytes.readUIntBE(0, APPENDED_BYTES) : 0
}
