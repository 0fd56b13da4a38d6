import type { Engine } from '../engine.ts'
import { BATCH_STATES, type BatchState } from '../model/batch.ts'

/** Counts the batches in each state. */
export async function countBatches({ redis, keys }: Engine): Promise<Record<BatchState, number>> {
  const counts = await Promise.all(BATCH_STATES.map((state) => redis.zcard(keys.batchesInState(state))))
  return Object.fromEntries(BATCH_STATES.map((state, i) => [state, counts[i]])) as Record<BatchState, number>
}
