import type { Engine } from '../engine.ts'
import { BatchNotFoundError, TaskNotFoundError } from '../errors.ts'
import { readTasks } from './read-tasks.ts'
import type { Task } from '../model/task.ts'
import { type TaskDefaults, toTasks } from './to-task.ts'

/** Reads one task of a batch. Throws `BatchNotFoundError` and `TaskNotFoundError`. */
export async function readTask(engine: Engine, batchId: string, seq: number): Promise<Task> {
  const batch = await readTaskDefaults(engine, batchId)
  const stored = seq < batch.total ? await readTasks(engine, batchId, seq, 1) : []
  const [task] = await toTasks(engine, batchId, batch, stored)
  if (!task) throw new TaskNotFoundError(batchId, seq, batch.total)
  return task
}

/** Reads the values that tasks inherit from their batch, and the number of tasks. Throws `BatchNotFoundError`. */
export async function readTaskDefaults(engine: Engine, batchId: string): Promise<TaskDefaults & { total: number }> {
  const { meta } = engine.keys.batch(batchId)
  const fields = ['type', 'created_at', 'total', 'max_attempts', 'deleting'] as const
  const [type, createdAt, total, maxAttempts, deleting] = await engine.redis.hmget(meta, ...fields)
  if (!createdAt || deleting) throw new BatchNotFoundError(batchId)
  return { type: type ?? '', createdAt: Number(createdAt), total: Number(total), maxAttempts: Number(maxAttempts) }
}
