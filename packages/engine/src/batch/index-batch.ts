import type { Engine } from '../engine.ts'
import { BATCH_STATES, type BatchState } from '../model/batch.ts'

/**
 * Brings the indexes in line with the state a batch has reached. They live in other slots than the batch, so they
 * follow it instead of changing with it; the reconciler repeats this for what a crash left behind. Safe to repeat.
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
