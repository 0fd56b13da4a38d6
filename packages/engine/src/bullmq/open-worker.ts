import { Worker, type Job } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import { restAfterErrors, RUN_RETRY_DELAY_MS } from './rest-after-errors.ts'

/** BullMQ returns a dead worker's job to its queue after at most the sum of these two. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000

/** How often a job may lose its worker. BullMQ's default of 1 would fail it. */
const UNLIMITED = 1_000_000_000

/** Receives what BullMQ reports, with a sentence that says what failed. */
export type OnWorkerError = (error: unknown, what: string) => void

export interface WorkerDefinition<Data, Result, Name extends string> {
  /** Of BullMQ's queue. */
  queue: string
  /** What BullMQ's keys begin with. */
  prefix: string
  /** Jobs run at once. */
  concurrency: number
  run: (job: Job<Data, Result, Name>, token: string | undefined) => Promise<Result>
  onCompleted?: (job: Job<Data, Result, Name>, result: Result) => void
  onError: OnWorkerError
  /** What an error of the queue, and the failure of a job, is reported as. */
  describe: { queue: string; job: (job: Job<Data, Result, Name> | undefined) => string }
}

/** A BullMQ worker that runs. Closing it waits for the jobs that run. */
export interface OpenWorker {
  ready(): Promise<void>
  close(): Promise<void>
}

/** Starts a BullMQ worker with the settings that all of ours share. */
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
    ready: async () => void (await worker.waitUntilReady()),
    close: async () => {
      stopResting()
      await worker.close()
    },
  }
}
