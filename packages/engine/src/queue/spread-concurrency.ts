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
 * tickets each. However often a queue changes, one job waits and one runs. If a job is lost, the reconciler does the
 * same.
 */
export async function scheduleSpread(engine: Engine, queue: string): Promise<void> {
  // A job that is waiting will read the settings. For one that is running, BullMQ adds another one when it ends.
  const deduplication = { id: queue, keepLastIfActive: true }
  await engine.maintenanceQueue.open().add(SPREAD_JOB, { spread: { queue } }, { deduplication })
}

/** Gives the concurrency of a queue to batches that use it, for about a second, and schedules the rest. */
export async function spreadConcurrency(engine: Engine, { queue, rest }: Spread): Promise<void> {
  const startedAt = performance.now()
  const version = (await findQueue(engine, queue))?.version
  // The queue has changed since, and another job spreads its new concurrency.
  if (rest && rest.version !== version) return
  let after = rest?.after ?? ''
  for (let ids = await nextPage(); ids.length > 0; ids = await nextPage()) {
    for (const id of ids) {
      if (await applyConcurrency(engine, id, queue)) await issueTickets(engine, id)
      after = id
      if (performance.now() - startedAt > MAX_JOB_MS) return await scheduleRest(engine, queue, { version, after })
    }
  }

  function nextPage(): Promise<string[]> {
    return pageOfBatches(engine, queue, { after, pageSize: BATCHES_AT_ONCE })
  }
}

async function scheduleRest(engine: Engine, queue: string, rest: Required<Spread>['rest']): Promise<void> {
  await engine.maintenanceQueue.open().add(SPREAD_JOB, { spread: { queue, rest } })
}
