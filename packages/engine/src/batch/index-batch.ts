import type { Engine } from '../engine.ts'
import { BATCH_STATES, type BatchState } from '../model/batch.ts'

/**
 * Brings the indexes in line with the state of a batch. The indexes lie in other hash slots than the batch, so they
 * cannot change with it in one atomic step. The reconciler repeats this after a crash. Safe to repeat.
 */
export async function indexBatch(engine: Engine, batchId: string, state: BatchState): Promise<void> {
  const { redis, keys } = engine
  const [createdAt, finishedAt] = await redis.hmget(keys.batch(batchId).meta, 'created_at', 'finished_at')
  if (!createdAt) return
  await redis.zadd(keys.batches, createdAt, batchId)
  await redis.zadd(keys.batchesInState(state), createdAt, batchId)
  const isFinished = state === 'completed' || state === 'cancelled'
  await (isFinished ? redis.zadd(keys.finished, finishedAt ?? createdAt, batchId) : redis.zrem(keys.finished, batchId))
  const otherStates = BATCH_STATES.filter((other) => other !== state)
  await Promise.all(otherStates.map((other) => redis.zrem(keys.batchesInState(other), batchId)))
}
