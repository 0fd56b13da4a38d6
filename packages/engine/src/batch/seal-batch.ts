import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { sealBatchScript } from '../scripts/seal-batch.ts'
import type { Batch } from '../model/batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'

/**
 * Declares that no more tasks will come, so that the batch can complete. Sealing twice is sealing once. Throws
 * `BatchNotFoundError`, and `BatchStateError` for a cancelled batch.
 */
export async function sealBatch(engine: Engine, batchId: string): Promise<Batch> {
  const reply = await sealBatchScript.run(engine.redis, engine.keys.batch(batchId), engine.keys)
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state') throw new BatchStateError(batchId, reply.state, 'it cannot be sealed')
  if (reply.state !== 'active') await indexBatch(engine, batchId, reply.state)
  return await readBatch(engine, batchId)
}
