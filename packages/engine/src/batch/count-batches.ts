import type { Engine } from '../engine.ts'
import { BATCH_STATES, type BatchState } from '../model/batch.ts'

/** Counts the batches in each state, of all tenants or of one. */
export async function countBatches(
  { redis, keys }: Engine,
  tenant: string | null = null,
): Promise<Record<BatchState, number>> {
  const index = (state: BatchState) =>
    tenant === null ? keys.batchesInState(state) : keys.batchesOfInState(tenant, state)
  const counts = await Promise.all(BATCH_STATES.map((state) => redis.zcard(index(state))))
  return Object.fromEntries(BATCH_STATES.map((state, i) => [state, counts[i]])) as Record<BatchState, number>
}
