import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { sealBatchScript } from '../scripts/seal-batch.ts'
import type { Batch } from '../model/batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'
import { reportTransition } from './report-transition.ts'

/**
 * Seals a batch: it accepts no more tasks and can complete. Sealing a sealed batch has no effect. Throws
 * `BatchNotFoundError`, and `BatchStateError` if the batch is cancelled.
 */
export async function sealBatch(engine: Engine, batchId: string): Promise<Batch> {
  const reply = await sealBatchScript.run(engine.redis, engine.keys.batch(batchId), engine.keys)
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state')
    throw new BatchStateError(batchId, reply.state, 'A cancelled batch cannot be sealed')
  reportTransition(engine, batchId, reply.transition)
  if (reply.state !== 'active') await indexBatch(engine, batchId)
  return await readBatch(engine, batchId)
}
