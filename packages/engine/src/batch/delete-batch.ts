import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { eraseBatch, markErased } from './erase-batch.ts'

/**
 * Deletes a finished batch and all its data. Throws `BatchNotFoundError`, and `BatchStateError` if the batch is not
 * finished or its last tasks are still being aborted.
 */
export async function deleteBatch(engine: Engine, batchId: string): Promise<void> {
  const { redis, keys } = engine
  const { meta } = keys.batch(batchId)
  const [state, running, deleting] = await redis.hmget(meta, 'state', 'running', 'deleting')
  if (!state || deleting) throw new BatchNotFoundError(batchId)
  if (state !== 'completed' && state !== 'cancelled') {
    throw new BatchStateError(batchId, state, 'Only a completed or cancelled batch can be deleted; cancel it first')
  }
  if (Number(running) > 0) {
    throw new BatchStateError(batchId, state, `${running} of its tasks are still being aborted. Retry shortly`)
  }
  // A finished batch leases no more tasks, so the counts read above still hold.
  await markErased(engine, batchId)
  await eraseBatch(engine, batchId)
}
