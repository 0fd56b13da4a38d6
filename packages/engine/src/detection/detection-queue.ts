import { Queue } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import type { Keys } from '../keys.ts'

/** BullMQ's queue of the detections that wait for a worker. */
export const DETECTION_QUEUE = 'detections'

/** A job carries nothing: its id is the detection's. */
export type DetectionJobs = Queue<Record<string, never>>

/** That queue, opened when it is first used. */
export interface DetectionQueue {
  open(): DetectionJobs
  close(): Promise<void>
}

/** A job that broke off comes back to say that it did, until it has. */
const ATTEMPTS = 1000

export function createDetectionQueue(redis: RedisConnection, keys: Keys): DetectionQueue {
  let queue: DetectionJobs | undefined

  function openQueue(): DetectionJobs {
    queue = new Queue(DETECTION_QUEUE, {
      connection: redis,
      prefix: keys.upkeep,
      streams: { events: { maxLen: 10 } },
      defaultJobOptions: {
        attempts: ATTEMPTS,
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
