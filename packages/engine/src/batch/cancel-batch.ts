import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { cancelBatchScript } from '../scripts/cancel-batch.ts'
import type { Batch } from '../model/batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'
import { reportTransition } from './report-transition.ts'

/** Released or delayed tasks that one script call cancels: about 1 ms of Redis's time. */
const TASKS_PER_CALL = 500

/** How to cancel a batch. */
export interface CancelOptions {
  /** False to let running attempts finish, and to record their outcomes. Default true: they are aborted. */
  abort?: boolean | undefined
}

/**
 * Cancels a batch and its tasks that have not run. Cancelling a cancelled batch has no effect: attempts that were left
 * running are not aborted. Throws `BatchNotFoundError`, and `BatchStateError` if the batch is completed.
 */
export async function cancelBatch(
  engine: Engine,
  batchId: string,
  { abort = true }: CancelOptions = {},
): Promise<Batch> {
  // The first call changes the state and signals all workers: no further task starts.
  while ((await cancelTasks(engine, batchId, abort)) > 0);
  await indexBatch(engine, batchId)
  return await readBatch(engine, batchId)
}

async function cancelTasks(engine: Engine, batchId: string, abort: boolean): Promise<number> {
  const request = { maxTasks: TASKS_PER_CALL, signals: engine.keys.signals, abort }
  const reply = await cancelBatchScript.run(engine.redis, engine.keys.batch(batchId), request)
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state')
    throw new BatchStateError(batchId, reply.state, 'Only an active or interrupted batch can be cancelled')
  reportTransition(engine, batchId, reply.transition)
  return reply.left
}
