import type { Engine } from '../engine.ts'
import { APPENDED_BYTES, PAGE_TASKS } from '../keys.ts'
import { range } from '../range.ts'
import { mapYielding } from '../yielder.ts'
import type { TaskError, TaskState } from '../model/task.ts'

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
  /** When it was accepted, in ms since its batch was created. */
  appendedMs: number
  envelope: Envelope
  outcome: StoredOutcome | undefined
  /** Characters of its envelope and its outcome. */
  size: number
}

interface Envelope {
  type?: string
  payload?: unknown
  key?: string
  weights?: Record<string, number>
}

/** `at` is Redis's, and stored in front; the rest is as the worker wrote it. */
interface StoredOutcome {
  at: number
  /** Missing when the worker died. */
  ms?: number
  attempt: number
  result?: unknown
  error?: TaskError
}

/**
 * Up to `count` tasks from `first` on, no further than the end of its page. Each of the reads is atomic, all of them
 * together are not: a task may move in between.
 */
export async function readTasks(engine: Engine, batchId: string, first: number, count: number): Promise<StoredTask[]> {
  const keys = engine.keys.batch(batchId)
  const n = Math.floor(first / PAGE_TASKS)
  const from = first % PAGE_TASKS
  const to = Math.min(from + count, PAGE_TASKS) - 1
  const last = first + to - from
  const [states, attempts, appended, envelopes, outcomes] = await Promise.all([
    engine.redis.getrange(keys.states, first, last),
    engine.redis.getrangeBuffer(keys.attempts, first, last),
    engine.redis.getrangeBuffer(keys.appended, first * APPENDED_BYTES, (last + 1) * APPENDED_BYTES - 1),
    engine.redis.lrange(keys.page(n), from, to),
    engine.redis.hmget(keys.outcome(n), ...range(to - from + 1).map((i) => String(from + i))),
  ])
  return await mapYielding(range(Math.min(states.length, envelopes.length)), (i) => ({
    seq: first + i,
    state: STATE_OF_BYTE[states[i] ?? ''] ?? 'pending',
    attempts: attempts[i] ?? 0,
    appendedMs: readMs(appended, i),
    ...decode(envelopes[i] ?? '{}', outcomes[i] ?? ''),
  }))
}

function readMs(appended: Buffer, i: number): number {
  const at = i * APPENDED_BYTES
  return at + APPENDED_BYTES <= appended.length ? appended.readUIntBE(at, APPENDED_BYTES) : 0
}

function decode(envelope: string, outcome: string): Pick<StoredTask, 'envelope' | 'outcome' | 'size'> {
  return {
    envelope: JSON.parse(envelope) as Envelope,
    outcome: outcome === '' ? undefined : decodeOutcome(outcome),
    size: envelope.length + outcome.length,
  }
}

/** `<at> <record>`. */
function decodeOutcome(text: string): StoredOutcome {
  const end = text.indexOf(' ')
  return { at: Number(text.slice(0, end)), ...(JSON.parse(text.slice(end)) as Omit<StoredOutcome, 'at'>) }
}
