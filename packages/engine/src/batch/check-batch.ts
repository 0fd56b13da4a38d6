import type { Engine } from '../engine.ts'
import { checkBatchScript } from '../scripts/check-batch.ts'
import { scheduleDeadline } from './schedule-deadline.ts'
import { indexBatch } from './index-batch.ts'
import { reportTransition } from './report-transition.ts'

/**
 * Judges a batch by its criteria now, and schedules the next check for `maxBatchRuntimeMs`. Returns true if the batch
 * is interrupted. A missing batch has no effect. Safe to repeat.
 */
export async function checkBatch(engine: Engine, batchId: string): Promise<boolean> {
  const reply = await checkBatchScript.run(engine.redis, engine.keys.batch(batchId), engine.keys)
  if (reply.kind === 'missing') return false
  reportTransition(engine, batchId, reply.transition)
  if (reply.deadlineMs !== undefined) await scheduleDeadline(engine, batchId, reply.deadlineMs)
  if (reply.state !== 'interrupted') return false
  await indexBatch(engine, batchId)
  return true
}
