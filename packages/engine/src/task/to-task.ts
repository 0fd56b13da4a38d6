import type { Engine } from '../engine.ts'
import type { StoredTask } from './read-tasks.ts'
import type { Task, TaskResult } from '../model/task.ts'

/** The values that tasks inherit from their batch. */
export interface TaskDefaults {
  type: string
  /** When the batch was created, in ms since the Unix epoch. */
  createdAt: number
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

/** Converts stored tasks, and reads the due times of delayed ones. */
export async function toTasks(
  engine: Engine,
  batchId: string,
  defaults: TaskDefaults,
  stored: readonly StoredTask[],
): Promise<Task[]> {
  const delayed = stored.filter(({ state }) => state === 'delayed').map(({ seq }) => String(seq))
  const { due } = engine.keys.batch(batchId)
  const times = delayed.length > 0 ? await engine.redis.zmscore(due, ...delayed) : []
  const dueAt = new Map(delayed.map((seq, i) => [Number(seq), times[i] ?? null]))
  return stored.map((task) => toTask(defaults, task, dueAt.get(task.seq) ?? null))
}

function toTask({ type, createdAt }: TaskDefaults, stored: StoredTask, dueAt: string | null): Task {
  const { envelope } = stored
  const { resultText, ...recorded } = toTaskResult(stored)
  return {
    ...recorded,
    result: resultText === null ? null : (JSON.parse(resultText) as unknown),
    type: envelope.type ?? type,
    payload: envelope.payload,
    weights: envelope.weights ?? null,
    appendedAt: new Date(createdAt + stored.appendedMs),
    dueAt: dueAt === null ? null : new Date(Number(dueAt)),
  }
}
