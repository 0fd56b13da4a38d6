import type { Engine } from '../engine.ts'
import { readRunning } from './read-running.ts'
import type { StoredTask } from './read-tasks.ts'
import type { Task, TaskResult } from '../model/task.ts'

/** The values that tasks inherit from their batch. */
export interface TaskDefaults {
  type: string
  /** When the batch was created, in ms since the Unix epoch. */
  createdAt: number
  maxAttempts: number
}

/** Converts a stored task to its recorded outcome, without its payload. */
export function toTaskResult({ seq, state, attempts, envelope, outcome }: StoredTask): TaskResult {
  return {
    seq,
    key: envelope.key ?? null,
    state,
    attempts,
    finishedAt: outcome ? new Date(outcome.at) : null,
    durationMs: outcome?.ms ?? null,
    resultText: outcome?.resultText ?? null,
    error: outcome?.error ?? null,
  }
}

/** Converts stored tasks, and reads when delayed ones are due and running ones have started. */
export async function toTasks(
  engine: Engine,
  batchId: string,
  defaults: TaskDefaults,
  stored: readonly StoredTask[],
): Promise<Task[]> {
  const isRunning = stored.some(({ state }) => state === 'running')
  const [dueAt, startedAt] = await Promise.all([
    readDue(engine, batchId, stored),
    isRunning ? readRunning(engine, batchId) : new Map<number, number>(),
  ])
  return stored.map((task) =>
    toTask(defaults, task, { dueAt: dueAt.get(task.seq), startedAt: startedAt.get(task.seq) }),
  )
}

async function readDue(engine: Engine, batchId: string, stored: readonly StoredTask[]): Promise<Map<number, number>> {
  const delayed = stored.filter(({ state }) => state === 'delayed').map(({ seq }) => String(seq))
  const { due } = engine.keys.batch(batchId)
  const times = delayed.length > 0 ? await engine.redis.zmscore(due, ...delayed) : []
  return new Map(delayed.flatMap((seq, i) => (times[i] == null ? [] : [[Number(seq), Number(times[i])] as const])))
}

/** In ms; undefined if they do not apply. */
interface TaskTimes {
  dueAt: number | undefined
  startedAt: number | undefined
}

function toTask({ type, createdAt, maxAttempts }: TaskDefaults, stored: StoredTask, times: TaskTimes): Task {
  const { envelope } = stored
  const { resultText, ...recorded } = toTaskResult(stored)
  return {
    ...recorded,
    result: resultText === null ? null : (JSON.parse(resultText) as unknown),
    type: envelope.type ?? type,
    maxAttempts: envelope.maxAttempts ?? maxAttempts,
    payload: envelope.payload,
    weights: envelope.weights ?? null,
    appendedAt: new Date(createdAt + stored.appendedMs),
    dueAt: dateOf(times.dueAt),
    // The task may have ended since its state was read.
    startedAt: stored.state === 'running' ? dateOf(times.startedAt) : null,
  }
}

function dateOf(ms: number | undefined): Date | null {
  return ms === undefined ? null : new Date(ms)
}
