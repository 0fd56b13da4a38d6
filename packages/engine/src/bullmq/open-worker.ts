import { Worker, type Job } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import { restAfterErrors, RUN_RETRY_DELAY_MS } from './rest-after-errors.ts'

/** BullMQ returns a dead worker's job to its queue within the sum of these two times. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000

/** How often a job may lose its worker. With BullMQ's default of 1 the second loss would fail the job. */
const UNLIMITED = 1_000_000_000

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
  run: (job: Job<Data, Result, Name>, token: string | undefined) => Promise<Result>
  onCompleted?: (job: Job<Data, Result, Name>, result: Result) => void
  onError: OnWorkerError
  /** The phrases that report an error of the queue and the failure of a job. */
  describe: { queue: string; job: (job: Job<Data, Result, Name> | undefined) => string }
}

/** A running BullMQ worker. Closing it waits for its current jobs. */
export interface OpenWorker {
  ready(): Promise<void>
  close(): Promise<void>
}

/** Starts a BullMQ worker with the settings that all workers of the engine share. */
export function openWorker<Data, Result, Name extends string = string>(
  redis: RedisConnection,
  definition: WorkerDefinition<Data, Result, Name>,
): OpenWorker {
  const { queue, prefix, concurrency, run, onCompleted, onError, describe } = definition
  const worker = new Worker<Data, Result, Name>(queue, run, {
    connection: redis,
    prefix,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: UNLIMITED,
    runRetryDelay: RUN_RETRY_DELAY_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  worker.on('error', (error) => onError(error, describe.queue))
  worker.on('failed', (job, error) => onError(error, describe.job(job)))
  if (onCompleted) worker.on('completed', onCompleted)
  const stopResting = restAfterErrors(worker)
  return {
    ready: async () => {
      await worker.waitUntilReady()
    },
    close: async () => {
      stopResting()
      await worker.close()
    },
  }
}
