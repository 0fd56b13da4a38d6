import { Worker, type Job } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import { holdOf } from './held-jobs.ts'
import { LostJobs } from './lost-jobs.ts'
import { restAfterErrors, RUN_RETRY_DELAY_MS } from './rest-after-errors.ts'

/**
 * Locks say who holds a job, and practically never expire: a ticket may keep its slot for weeks. The heartbeat of the
 * process takes the place of renewing each lock and of looking for expired ones in each queue.
 */
const LOCK_MS = 10 * 365 * 24 * 3600 * 1000

/**
 * The longest time that a blocking read takes, in seconds. BullMQ replaces the connection if the reply is a second late,
 * so a worker that waits notices within three seconds that the network has dropped the connection.
 */
const LONGEST_BLOCK_S = 2

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
  /** Finds the jobs that the worker has taken, and does not run. */
  readonly lostJobs: LostJobs
  ready(): Promise<void>
  close(): Promise<void>
}

/** A BullMQ worker whose locks name a worker of Sluice. BullMQ would choose a random name. */
class NamedWorker<Data, Result, Name extends string> extends Worker<Data, Result, Name> {
  constructor(name: string, ...args: ConstructorParameters<typeof Worker<Data, Result, Name>>) {
    super(...args)
    // The constructor has only scheduled the loop that takes jobs.
    Object.assign(this, { id: name })
  }

  /** BullMQ would wait up to ten seconds for a job that is delayed. */
  override get maximumBlockTimeout(): number {
    return LONGEST_BLOCK_S
  }
}

/** Starts a BullMQ worker with the settings that all workers of the engine share. */
export function openWorker<Data, Result, Name extends string = string>(
  redis: RedisConnection,
  definition: WorkerDefinition<Data, Result, Name>,
): OpenWorker {
  const { queue, prefix, concurrency, workerId, run, onCompleted, onError, describe } = definition
  const running = new Set<string>()
  const runTracked = async (job: Job<Data, Result, Name>, token = '') => {
    const hold = holdOf({ job: job.id ?? '', lock: token })
    running.add(hold)
    return await run(job, token).finally(() => running.delete(hold))
  }
  const worker = new NamedWorker<Data, Result, Name>(workerId, queue, runTracked, {
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
  })
  worker.on('error', (error) => onError(error, describe.queue))
  worker.on('failed', (job, error) => onError(error, describe.job(job)))
  if (onCompleted) worker.on('completed', onCompleted)
  const stopResting = restAfterErrors(worker)
  const lostJobs = new LostJobs(redis, {
    base: worker.toKey(''),
    workerId,
    isRunning: (held) => running.has(holdOf(held)),
    onError: (error) => onError(error, describe.queue),
  })
  // Whatever goes wrong may have lost the reply with a job.
  worker.on('error', () => lostJobs.lookSoon())
  worker.on('ioredis:close', () => lostJobs.lookSoon())
  return {
    lostJobs,
    ready: async () => {
      await worker.waitUntilReady()
    },
    close: async () => {
      stopResting()
      lostJobs.stop()
      await worker.close()
    },
  }
}
