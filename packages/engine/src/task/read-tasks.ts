import type { Engine } from '../engine.ts'
import { APPENDED_BYTES, PAGE_TASKS } from '../keys.ts'
import { range } from '../range.ts'
import { mapYielding } from '../yielder.ts'
import type { TaskError, TaskState } from '../model/task.ts'
import { parseExactly } from './parse-exactly.ts'

/** The state that each byte of `states` stands for. `lua/lib/task-states.lua` defines the same mapping. */
export const STATE_OF_BYTE: Readonly<Record<string, TaskState>> = {
  p: 'pending',
  d: 'delayed',
  r: 'running',
  c: 'completed',
  f: 'failed',
  x: 'cancelled',
}

/** The stored data of one task, decoded. */
export interface StoredTask {
  seq: number
  state: TaskState
  attempts: number
  /** When the task was appended, in ms since its batch was created. */
  appendedMs: number
  envelope: Envelope
  outcome: StoredOutcome | undefined
  /** The number of characters of its envelope and its outcome. */
  size: number
}

interface Envelope {
  type?: string
  payload?: unknown
  key?: string
  maxAttempts?: number
  weights?: Record<string, number>
}

/** A recorded outcome. `take-turns` stores Redis's time `at` before the JSON that the worker wrote. */
interface StoredOutcome {
  at: number
  /** Undefined if the worker died. */
  ms?: number
  attempt: number
  /** The JSON text of the result, as the worker recorded it. Parsing it could cost digits of its numbers. */
  resultText?: string
  error?: TaskError
}

/** The beginning of the record of a completed attempt. The result is the rest of it, but for the last brace. */
const COMPLETED = /^\{"ms":([^,]+),"attempt":(\d+),"result":/

/**
 * Reads up to `count` contiguous tasks from `first`, but only to the end of its page. Each command is atomic; together
 * they are not, so a task may change its state between two of them.
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
    envelope: parseExactly(envelope) as Envelope,
    outcome: outcome === '' ? undefined : decodeOutcome(outcome),
    size: envelope.length + outcome.length,
  }
}

/** Decodes `<at> <record>`. */
function decodeOutcome(text: string): StoredOutcome {
  const end = text.indexOf(' ')
  const at = Number(text.slice(0, end))
  const record = text.slice(end + 1)
  const [head, ms, attempt] = COMPLETED.exec(record) ?? []
  if (head === undefined) return { at, ...(parseExactly(record) as Omit<StoredOutcome, 'at'>) }
  return { at, ms: Number(ms), attempt: Number(attempt), resultText: record.slice(head.length, -1) }
}
