import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import type { Fields } from '../scripts/create-batch.ts'
import { updateBatchScript } from '../scripts/update-batch.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { Batch } from '../model/batch.ts'
import { checkBatch } from './check-batch.ts'
import { encodeCriteria, type CriteriaUpdate } from '../model/criteria.ts'
import { readBatch } from './read-batch.ts'

/** New settings of an unfinished batch. Omitted settings stay unchanged. */
export interface BatchUpdate {
  /** Maximum number of tasks that run at once. Null: as many as the queue allows. */
  concurrency?: number | null | undefined
  priority?: number | undefined
  metadata?: Record<string, unknown> | undefined
  /** New criteria. Null switches a criterion off. */
  interruptionCriteria?: CriteriaUpdate | undefined
}

/**
 * Changes the settings of a batch while it runs. New criteria are judged immediately. A new concurrency takes effect
 * with each ticket's next turn, a new priority with the tickets issued from then on. Throws `BatchNotFoundError`, and
 * `BatchStateError` if the batch is completed or cancelled.
 */
export async function updateBatch(engine: Engine, batchId: string, update: BatchUpdate): Promise<Batch> {
  const reply = await updateBatchScript.run(engine.redis, engine.keys.batch(batchId), {
    states: ['active', 'interrupted'],
    settings: settingsOf(update),
    criteria: encodeCriteria(update.interruptionCriteria ?? {}),
  })
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state')
    throw new BatchStateError(batchId, reply.state, 'Only an active or interrupted batch can be changed')
  await checkBatch(engine, batchId)
  await issueTickets(engine, batchId)
  return await readBatch(engine, batchId)
}

/** The script adjusts the number of tickets to the concurrencies. */
function settingsOf({ concurrency, priority, metadata }: BatchUpdate): Fields {
  return {
    ...(concurrency !== undefined && { concurrency: concurrency ?? 0 }),
    ...(priority !== undefined && { priority }),
    ...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
  }
}
