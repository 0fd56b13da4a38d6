import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { resumeBatchScript } from '../scripts/resume-batch.ts'
import { updateBatchScript } from '../scripts/update-batch.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { Batch } from '../model/batch.ts'
import { checkBatch } from './check-batch.ts'
import { encodeCriteria, type CriteriaUpdate } from '../model/criteria.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'
import { reportTransition } from './report-transition.ts'

const ONLY_INTERRUPTED = 'Only an interrupted batch can be resumed'

/**
 * Resumes an interrupted batch, after applying changes of its criteria. The criteria count from zero again. Unfinished
 * tasks run; finished tasks do not run again. Its queue exists: it cannot be deleted under a batch that is not finished.
 * Throws `BatchNotFoundError`, and `BatchStateError` if the batch is not
 * interrupted.
 */
export async function resumeBatch(engine: Engine, batchId: string, criteria: CriteriaUpdate = {}): Promise<Batch> {
  await changeCriteria(engine, batchId, criteria)
  const reply = await resumeBatchScript.run(engine.redis, engine.keys.batch(batchId), {})
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state') throw new BatchStateError(batchId, reply.state, ONLY_INTERRUPTED)
  reportTransition(engine, batchId, reply.transition)
  await indexBatch(engine, batchId)
  await checkBatch(engine, batchId)
  await issueTickets(engine, batchId)
  return await readBatch(engine, batchId)
}

async function changeCriteria(engine: Engine, batchId: string, update: CriteriaUpdate): Promise<void> {
  const criteria = encodeCriteria(update)
  if (Object.keys(criteria).length === 0) return
  const request = { states: ['interrupted'] as const, settings: {}, criteria }
  const reply = await updateBatchScript.run(engine.redis, engine.keys.batch(batchId), request)
  if (reply.kind === 'wrong_state') throw new BatchStateError(batchId, reply.state, ONLY_INTERRUPTED)
}
