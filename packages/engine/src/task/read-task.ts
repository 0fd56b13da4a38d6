import type { Engine } from '../engine.ts'
import { BatchNotFoundError, TaskNotFoundError } from '../errors.ts'
import { readStoredTask, toTask } from './read-page.ts'
import type { Task } from './task.ts'

/** One task of a batch. Throws `BatchNotFoundError`, `TaskNotFoundError`. */
export async function readTask(engine: Engine, batchId: string, seq: number): Promise<Task> {
  const batch = await readTaskDefaults(engine, batchId)
  const stored = seq < batch.total ? await readStoredTask(engine, batchId, seq) : undefined
  if (!stored) throw new TaskNotFoundError(batchId, seq, batch.total)
  return await toTask(engine, batchId, batch, stored)
}

/** What tasks take from their batch. Throws `BatchNotFoundError`. */
export async function readTaskDefaults(
  engine: Engine,
  batchId: string,
): Promise<{ type: string; createdAt: number; total: number }> {
  const { meta } = engine.keys.batch(batchId)
  const [type, createdAt, total, deleting] = await engine.redis.hmget(meta, 'type', 'created_at', 'total', 'deleting')
  if (!createdAt || deleting) throw new BatchNotFoundError(batchId)
  return { type: type ?? '', createdAt: Number(createdAt), total: Number(total) }
}
