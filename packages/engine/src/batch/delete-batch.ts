import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { eraseBatch, markErased } from './erase-batch.ts'

/**
 * Deletes a finished batch with everything it holds. Throws `BatchNotFoundError`, and `BatchStateError` for one that is
 * not finished or whose last tasks are still being aborted.
 */
export async function deleteBatch(engine: Engine, batchId: string): Promise<void> {
  const { redis, keys } = engine
  const { meta } = keys.batch(batchId)
  const [state, running, deleting] = await redis.hmget(meta, 'state', 'running', 'deleting')
  if (!state || deleting) throw new BatchNotFoundError(batchId)
  if (state !== 'completed' && state !== 'cancelled') {
    throw new BatchStateError(batchId, state, 'only a completed or cancelled batch can be deleted; cancel it first')
  }
  if (Number(running) > 0) {
    throw new BatchStateError(batchId, state, `${running} of its tasks are still being aborted; retry shortly`)
  }
  // A finished batch leases nothing more, so what was read above still holds.
  await markErased(engine, batchId)
  await eraseBatch(engine, batchId)
}
