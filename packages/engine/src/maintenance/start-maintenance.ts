import { Worker, type Job } from 'bullmq'
import { checkBatch } from '../batch/check-batch.ts'
import type { Engine } from '../engine.ts'
import { restAfterErrors, RUN_RETRY_DELAY_MS } from '../bullmq/rest-after-errors.ts'
import { DEADLINE_JOB } from '../batch/schedule-deadline.ts'
import { reconcile, type ReconcileCounts } from './reconcile.ts'
import { UPKEEP_QUEUE, type UpkeepData } from '../bullmq/maintenance-queue.ts'

const RECONCILE_EVERY_MS = 15_000

/** Its scheduler and the jobs that this makes have this name. */
const RECONCILE_JOB = 'reconcile'

/** A deadline is not to wait behind a reconciliation. */
const JOBS_AT_ONCE = 4

export interface UpkeepOptions {
  /** Told what a pass of the reconciler put right, when it put anything right. */
  onMended: (counts: ReconcileCounts) => void
  onError: (error: unknown, what: string) => void
}

/**
 * Takes part in keeping the house in order: BullMQ has one of all processes that do run the reconciler every fifteen
 * seconds, and check a batch whose runtime limit is reached. The engine's connection must not be a `failFast` one.
 */
export async function startUpkeep(
  engine: Engine,
  { onMended, onError }: UpkeepOptions,
): Promise<{ close(): Promise<void> }> {
  await engine.upkeepQueue
    .open()
    .upsertJobScheduler(RECONCILE_JOB, { every: RECONCILE_EVERY_MS }, { name: RECONCILE_JOB })
  const worker = new Worker<UpkeepData>(UPKEEP_QUEUE, (job) => runJob(engine, job, onMended), {
    connection: engine.redis,
    prefix: engine.keys.upkeep,
    concurrency: JOBS_AT_ONCE,
    runRetryDelay: RUN_RETRY_DELAY_MS,
  })
  worker.on('error', (error) => onError(error, 'the upkeep reported an error'))
  worker.on('failed', (job, error) => onError(error, `upkeep job ${job?.name} failed`))
  const stopResting = restAfterErrors(worker)
  return {
    close: async () => {
      stopResting()
      await worker.close()
    },
  }
}

async function runJob(engine: Engine, job: Job<UpkeepData>, onMended: UpkeepOptions['onMended']): Promise<void> {
  if (job.name === DEADLINE_JOB) {
    await checkBatch(engine, job.data.batchId ?? '')
    return
  }
  const counts = await reconcile(engine)
  if (Object.values(counts).some((count) => count > 0)) onMended(counts)
}
