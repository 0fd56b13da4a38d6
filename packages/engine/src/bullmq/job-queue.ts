import { Queue } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'

/** A BullMQ queue of our own jobs, other than tickets. It is opened when it is first used. */
export interface JobQueue<Data> {
  open(): Queue<Data>
  close(): Promise<void>
}

export interface JobQueueOptions {
  name: string
  /** What BullMQ's keys begin with. */
  prefix: string
  /** How often a job that broke off is run again, a second later each time. */
  attempts: number
}

export function createJobQueue<Data>(redis: RedisConnection, options: JobQueueOptions): JobQueue<Data> {
  const { name, prefix, attempts } = options
  let queue: Queue<Data> | undefined

  function openQueue(): Queue<Data> {
    queue = new Queue<Data>(name, {
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
    // Without a listener a lost connection would end the process; the commands that fail say so themselves.
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
