import type { Job, WorkerOptions } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import { BulkWorker } from './bulk-worker.ts'
import { LostJobs } from './lost-jobs.ts'
import { LONGEST_BLOCK_S, NamedWorker } from './named-worker.ts'
import { restAfterErrors, RUN_RETRY_DELAY_MS } from './rest-after-errors.ts'

/**
 * Locks say who holds a job, and practically never expire: a ticket may keep its slot for weeks. The heartbeat of the
 * process takes the place of renewing each lock and of looking for expired ones in each queue.
 */
const LOCK_MS = 10 * 365 * 24 * 3600 * 1000

/** Receives an error that BullMQ reports, and a phrase that says what failed. */
export type OnWorkerError = (error: unknown, what: string) => void

/** What a worker runs, and how it reports. */
export interface WorkerDefinition<Data, Result, Name extends string> {
  /** The name of BullMQ's queue. */
  queue: string
  /** The prefix of BullMQ's keys. */
  prefix: string
  /** Maximum number of jobs that the worker runs at once. */
  concurrency: number
  /** Whether the worker takes and ends many jobs in one call. Default false. */
  isBulk?: boolean
  /** The worker that the locks of its jobs name. Its heartbeat must have begun. */
  workerId: string
  run: (job: Job<Data, Result, Name>, token: string | undefined) => Promise<Result>
  onCompleted?: (job: Job<Data, Result, Name>, result: Result) => void
  onError: OnWorkerError
  /** The phrases that report an error of the queue and the failure of a job. */
  describe: { queue: string; job: (job: Job<Data, Result, Name> | undefined) => string }
}

/** A running BullMQ worker. Closing it waits for its current jobs. */
export interface OpenWorker {
  /** Number of jobs that the worker has taken and that have not ended. */
  readonly heldJobs: number
  /** Finds the jobs that the worker has taken, and does not run. */
  readonly lostJobs: LostJobs
  ready(): Promise<void>
  close(): Promise<void>
}

/** Starts a BullMQ worker with the settings that all workers of the engine share. */
export function openWorker<Data, Result, Name extends string = string>(
  redis: RedisConnection,
  definition: WorkerDefinition<Data, Result, Name>,
): OpenWorker {
  const { workerId, onCompleted, onError, describe } = definition
  const worker = createWorker(redis, definition)
  worker.on('error', (error) => onError(error, describe.queue))
  worker.on('failed', (job, error) => onError(error, describe.job(job)))
  if (onCompleted) worker.on('completed', onCompleted)
  const stopResting = restAfterErrors(worker)
  const lostJobs = new LostJobs(redis, {
    base: worker.toKey(''),
    workerId,
    isRunning: (held) => worker.holds(held),
    onError: (error) => onError(error, describe.queue),
  })
  // Whatever goes wrong may have lost the reply with a job.
  worker.on('error', () => lostJobs.lookSoon())
  worker.on('ioredis:close', () => lostJobs.lookSoon())
  return {
    get heldJobs() {
      return worker.heldJobs
    },
    lostJobs,
    ready: async () => {
      await worker.waitUntilReady()
    },
    close: async () => {
      stopResting()
      lostJobs.stop()
      await worker.close()
      if (worker instanceof BulkWorker) await worker.returnTaken()
    },
  }
}

function createWorker<Data, Result, Name extends string>(
  redis: RedisConnection,
  { queue, prefix, concurrency, isBulk = false, workerId, run }: WorkerDefinition<Data, Result, Name>,
): NamedWorker<Data, Result, Name> {
  const options: WorkerOptions = {
    connection: redis,
    prefix,
    concurrency,
    lockDuration: LOCK_MS,
    skipLockRenewal: true,
    skipStalledCheck: true,
    runRetryDelay: RUN_RETRY_DELAY_MS,
    drainDelay: LONGEST_BLOCK_S,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  }
  if (isBulk) return new BulkWorker(redis, workerId, queue, run, options)
  return new NamedWorker(workerId, queue, run, options)
}
