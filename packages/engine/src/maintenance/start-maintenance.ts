import type { Job } from 'bullmq'
import { checkBatch } from '../batch/check-batch.ts'
import { DEADLINE_JOB } from '../batch/schedule-deadline.ts'
import { runBulk } from '../bulk/run-bulk.ts'
import type { MaintenanceData } from '../bullmq/maintenance-queue.ts'
import { openWorker, type OnWorkerError } from '../bullmq/open-worker.ts'
import { MAINTENANCE_QUEUE } from '../bullmq/queue-names.ts'
import type { Engine } from '../engine.ts'
import { keepTally } from '../task-tallies.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { START_JOB } from '../ticket/schedule-start.ts'
import { spreadConcurrency } from '../queue/spread-concurrency.ts'
import { reconcile } from './reconcile.ts'
import type { ReconcileCounts } from './repairs.ts'

const RECONCILE_EVERY_MS = 15_000

/**
 * The name of the job scheduler and of the jobs it makes. Workers that die at the beginning of a pass do not end the
 * schedule: BullMQ schedules the next pass before it runs one, and returns a scheduled job to its queue however often it
 * loses its worker.
 */
const RECONCILE_JOB = 'reconcile'

/** More than one, so that a deadline does not wait for other jobs. */
const JOBS_AT_ONCE = 4

/** How maintenance reports. */
export interface MaintenanceOptions {
  /** The worker that runs maintenance. Its heartbeat must have begun. */
  workerId: string
  /** Receives the counts of a pass of the reconciler that repaired anything. */
  onRepaired: (counts: ReconcileCounts) => void
  onError: OnWorkerError
}

/**
 * Starts maintenance in this process. BullMQ distributes its jobs over all processes that run maintenance: a pass of
 * the reconciler every 15 seconds, a check of each batch whose `maxBatchRuntimeMs` is reached, tickets for batches
 * whose `startAt` has come or whose queue got another concurrency, and bulk operations. The engine's connection must not
 * be a `failFast` one.
 */
export async function startMaintenance(
  engine: Engine,
  options: MaintenanceOptions,
): Promise<{ close(): Promise<void> }> {
  await engine.maintenanceQueue
    .open()
    .upsertJobScheduler(RECONCILE_JOB, { every: RECONCILE_EVERY_MS }, { name: RECONCILE_JOB })
  return openWorker<MaintenanceData, void>(engine.redis, {
    queue: MAINTENANCE_QUEUE,
    prefix: engine.keys.maintenance,
    concurrency: JOBS_AT_ONCE,
    workerId: options.workerId,
    run: (job) => runJob(engine, job, options),
    onError: options.onError,
    describe: {
      queue: 'the maintenance queue reported an error',
      job: (job) => `the maintenance job ${job?.name} failed`,
    },
  })
}

async function runJob(
  engine: Engine,
  job: Job<MaintenanceData>,
  { onRepaired, onError }: MaintenanceOptions,
): Promise<void> {
  if (job.name === DEADLINE_JOB) {
    await checkBatch(engine, job.data.batchId ?? '')
    return
  }
  if (job.name === START_JOB) {
    await issueTickets(engine, job.data.batchId ?? '')
    return
  }
  if (job.data.bulk !== undefined) return await runBulk(engine, job.data.bulk)
  if (job.data.spread) return await spreadConcurrency(engine, job.data.spread)
  const tally = {}
  const counts = await reconcile(engine, {
    onSkipped: (id, error) => onError(error, `the reconciler skipped batch ${id}`),
    tally,
  })
  await keepTally(engine, tally)
  if (Object.values(counts).some((count) => count > 0)) onRepaired(counts)
}
