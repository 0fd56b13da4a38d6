import { Queue } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import { openAtOnce } from './open-at-once.ts'

/** A BullMQ queue of jobs other than tickets. It is opened on first use. */
export interface JobQueue<Data> {
  open(): Queue<Data>
  close(): Promise<void>
}

/** The settings of a job queue. */
export interface JobQueueOptions {
  name: string
  /** The prefix of BullMQ's keys. */
  prefix: string
  /** Maximum number of attempts of a job. A failed job runs again after one second. */
  attempts: number
}

/** Creates a job queue. It is opened on first use. */
export function createJobQueue<Data>(redis: RedisConnection, options: JobQueueOptions): JobQueue<Data> {
  const { name, prefix, attempts } = options
  let queue: Queue<Data> | undefined

  function openQueue(): Queue<Data> {
    queue = new Queue<Data>(name, {
      ...openAtOnce,
      connection: redis,
      prefix,
      streams: { events: { maxLen: 10 } },
      defaultJobOptions: {
        attempts,
        backoff: { type: 'fixed', delay: 1000 },
        removeOnComplete: true,
        removeOnFail: true,
      },
    })
    // Without a listener BullMQ prints every connection error. Failed commands report the error to their callers.
    queue.on('error', () => {})
    return queue
  }

  return {
    open: () => queue ?? openQueue(),
    close: async () => {
      await queue?.close()
      queue = undefined
    },
  }
}
