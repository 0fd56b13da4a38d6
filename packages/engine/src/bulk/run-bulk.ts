import { cancelBatch } from '../batch/cancel-batch.ts'
import { deleteBatch } from '../batch/delete-batch.ts'
import { interruptBatch } from '../batch/interrupt-batch.ts'
import { findBatch } from '../batch/read-batch.ts'
import { resumeBatch } from '../batch/resume-batch.ts'
import { retryTasks } from '../batch/retry-tasks.ts'
import type { Engine } from '../engine.ts'
import { BatchNotFoundError, SluiceError } from '../errors.ts'
import { BULK_KEPT_MS, type BulkAction, type BulkRequest, type BulkSkip, touchedTasks } from '../model/bulk.ts'
import { advanceBulkScript } from '../scripts/advance-bulk.ts'
import { scheduleBulk } from './start-bulk.ts'

/** The time after which a job hands the rest over to another one, so that other maintenance jobs do not wait, in ms. */
const MAX_JOB_MS = 1000

/** Codes with which an action is refused that was carried out before. */
const REPEATED = new Set(['SLUICE_BATCH_STATE', 'SLUICE_BATCH_NOT_FOUND', 'SLUICE_NOTHING_TO_RETRY'])

const ACT: Record<BulkAction, (engine: Engine, id: string, reason: string | null) => Promise<unknown>> = {
  interrupt: (engine, id, reason) => interruptBatch(engine, id, reason === null ? {} : { message: reason }),
  resume: (engine, id) => resumeBatch(engine, id),
  retry: (engine, id) => retryTasks(engine, id),
  cancel: (engine, id) => cancelBatch(engine, id),
  delete: (engine, id) => deleteBatch(engine, id),
}

/** Goes on with a bulk operation for about a second, and schedules the rest. */
export async function runBulk(engine: Engine, id: string): Promise<void> {
  const startedAt = performance.now()
  while (await takeStep(engine, id)) {
    if (performance.now() - startedAt > MAX_JOB_MS) return await scheduleBulk(engine, id)
  }
}

/** Acts on the next batch. Returns false if there is none. */
async function takeStep(engine: Engine, id: string): Promise<boolean> {
  const { redis, keys } = engine
  const bulk = keys.bulk(id)
  const { state, position = '0', trying, request } = await redis.hgetall(bulk.operation)
  if (state !== 'running' || request === undefined) return false
  const batchId = await redis.lindex(bulk.batches, Number(position))
  if (batchId === null) return false
  // A worker that died after it had acted, and before the step was recorded, leaves this behind.
  const isRepeated = trying === position
  if (!isRepeated) await redis.hset(bulk.operation, 'trying', position)
  const { tasks, skip } = await act(engine, batchId, JSON.parse(request) as BulkRequest, isRepeated)
  const step = { position: Number(position), tasks, skip: skip ? JSON.stringify(skip) : '', keptMs: BULK_KEPT_MS }
  return (await advanceBulkScript.run(redis, bulk, step)).kind !== 'missing'
}

interface Step {
  /** Tasks that the action touched. */
  tasks: number
  skip?: BulkSkip
}

/** A batch that was changed or deleted meanwhile is skipped. Any other error ends the job, which runs again. */
async function act(engine: Engine, batchId: string, request: BulkRequest, isRepeated: boolean): Promise<Step> {
  const { action, reason } = request
  try {
    const batch = await findBatch(engine, batchId)
    if (batch === undefined) throw new BatchNotFoundError(batchId)
    await ACT[action](engine, batchId, reason)
    return { tasks: touchedTasks(action, batch) }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    const { code, message } = error
    return isRepeated && REPEATED.has(code) ? { tasks: 0 } : { tasks: 0, skip: { batchId, code, message } }
  }
}
