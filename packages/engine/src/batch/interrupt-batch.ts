import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { interruptBatchScript } from '../scripts/interrupt-batch.ts'
import type { Batch } from '../model/batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'

export interface InterruptOptions {
  /** One word for the log of interruptions. Default `manual`. */
  reason?: string | undefined
  message?: string | undefined
  /** Running attempts are aborted and given back, instead of finishing. Default false. */
  abort?: boolean | undefined
}

/**
 * Stops an active batch, so that it can be resumed. Nothing of it starts any more. Throws `BatchNotFoundError`, and
 * `BatchStateError` for one that is not active.
 */
export async function interruptBatch(
  engine: Engine,
  batchId: string,
  { reason = 'manual', message = 'The batch was stopped by hand.', abort = false }: InterruptOptions = {},
): Promise<Batch> {
  const request = { reason, message, abort, signals: engine.keys.signals }
  const reply = await interruptBatchScript.run(engine.redis, engine.keys.batch(batchId), request)
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state')
    throw new BatchStateError(batchId, reply.state, 'only an active one can be interrupted')
  await indexBatch(engine, batchId, 'interrupted')
  return await readBatch(engine, batchId)
}
