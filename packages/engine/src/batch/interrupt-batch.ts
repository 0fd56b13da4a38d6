import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { interruptBatchScript } from '../scripts/interrupt-batch.ts'
import type { Batch } from '../model/batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'
import { reportTransition } from './report-transition.ts'

/** Why and how to interrupt a batch. */
export interface InterruptOptions {
  /** One word that states the reason. Default `manual`. */
  reason?: string | undefined
  message?: string | undefined
  /** True to abort and release running attempts instead of letting them finish. Default false. */
  abort?: boolean | undefined
}

/**
 * Interrupts an active batch. No further task starts until the batch is resumed. Throws `BatchNotFoundError`, and
 * `BatchStateError` if the batch is not active.
 */
export async function interruptBatch(
  engine: Engine,
  batchId: string,
  { reason = 'manual', message = 'A client interrupted the batch.', abort = false }: InterruptOptions = {},
): Promise<Batch> {
  const request = { reason, message, abort, signals: engine.keys.signals }
  const reply = await interruptBatchScript.run(engine.redis, engine.keys.batch(batchId), request)
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state')
    throw new BatchStateError(batchId, reply.state, 'Only an active batch can be interrupted')
  reportTransition(engine, batchId, reply.transition)
  await indexBatch(engine, batchId)
  return await readBatch(engine, batchId)
}
