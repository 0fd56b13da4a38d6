import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { deleteBatchScript } from '../scripts/delete-batch.ts'
import { eraseBatch } from './erase-batch.ts'
import { holdBatch } from './hold-batch.ts'
import { indexBatch } from './index-batch.ts'
import { reportTransition } from './report-transition.ts'

/**
 * Deletes a finished batch and all its data. Throws `BatchNotFoundError`, and `BatchStateError` if the batch is not
 * finished or its last tasks are still being aborted.
 *
 * One step decides: a batch that a client retries at the same time is either retried or deleted.
 */
export async function deleteBatch(engine: Engine, batchId: string): Promise<void> {
  while (!(await tryToDelete(engine, batchId)));
  await eraseBatch(engine, batchId)
}

/** Returns false if the hold has ended before the deletion was decided. */
async function tryToDelete(engine: Engine, batchId: string): Promise<boolean> {
  const hold = await announceDeletion(engine, batchId)
  const reply = await deleteBatchScript.run(engine.redis, engine.keys.batch(batchId), { hold })
  if (reply.kind === 'deleting') {
    reportTransition(engine, batchId, reply.transition)
    return true
  }
  await indexBatch(engine, batchId, { release: hold })
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state') throw unfinished(batchId, reply.state)
  if (reply.kind === 'running') {
    throw new BatchStateError(
      batchId,
      'cancelled',
      `${reply.count} of its tasks are still being aborted. Retry shortly`,
    )
  }
  return false
}

/** Returns the hold. The reconciler thereby finds the batch if this process dies before the batch is erased. */
async function announceDeletion(engine: Engine, batchId: string): Promise<string> {
  const reply = await holdBatch(engine, batchId, 'removing')
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state') throw unfinished(batchId, reply.state)
  return reply.hold
}

function unfinished(batchId: string, state: string): BatchStateError {
  return new BatchStateError(batchId, state, 'Only a completed or cancelled batch can be deleted; cancel it first')
}
