import { applyConcurrency } from '../batch/apply-concurrency.ts'
import type { MaintenanceData } from '../bullmq/maintenance-queue.ts'
import type { Engine } from '../engine.ts'
import { findQueue } from '../settings/queue-settings.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { pageOfBatches } from './batches-of-queue.ts'

/** The name of the jobs that give the concurrency of a queue to its batches. */
export const SPREAD_JOB = 'spread'

/** What such a job has left to do. */
export type Spread = Required<MaintenanceData>['spread']

const BATCHES_AT_ONCE = 20

/** The time after which a job hands the rest over to another one, so that other maintenance jobs do not wait, in ms. */
const MAX_JOB_MS = 1000

/**
 * Has a worker give the concurrency of a queue to the batches that use it: there may be thousands, with thousands of
 * tickets each. If the job is lost, the reconciler does the same.
 */
export async function scheduleSpread(engine: Engine, spread: Spread): Promise<void> {
  // BullMQ keeps one job with this id.
  const jobId = `${spread.queue}.${spread.version}.${spread.after}`
  await engine.maintenanceQueue.open().add(SPREAD_JOB, { spread }, { jobId })
}

/**
 * Gives the concurrency of a queue to batches that use it, for about a second, and schedules the rest. Later settings of
 * the queue have jobs of their own, and end this one.
 */
export async function spreadConcurrency(engine: Engine, { queue, version, after }: Spread): Promise<void> {
  const startedAt = performance.now()
  let last = after
  for (let ids = await nextPage(); ids.length > 0; ids = await nextPage()) {
    if ((await findQueue(engine, queue))?.version !== version) return
    for (const id of ids) {
      if (await applyConcurrency(engine, id, queue)) await issueTickets(engine, id)
      last = id
      if (performance.now() - startedAt > MAX_JOB_MS)
        return await scheduleSpread(engine, { queue, version, after: last })
    }
  }

  function nextPage(): Promise<string[]> {
    return pageOfBatches(engine, queue, { after: last, pageSize: BATCHES_AT_ONCE })
  }
}
