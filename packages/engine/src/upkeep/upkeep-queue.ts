import { Queue } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import type { Keys } from '../keys.ts'
import type { DeadlineData } from './deadlines.ts'

/** BullMQ's queue of the jobs that keep the house in order. */
export const UPKEEP_QUEUE = 'upkeep'

export type UpkeepData = Partial<DeadlineData>

/** That queue, opened when it is first used. */
export interface UpkeepQueue {
  open(): Queue<UpkeepData>
  close(): Promise<void>
}

export function createUpkeepQueue(redis: RedisConnection, keys: Keys): UpkeepQueue {
  let queue: Queue<UpkeepData> | undefined

  function openQueue(): Queue<UpkeepData> {
    queue = new Queue<UpkeepData>(UPKEEP_QUEUE, {
      connection: redis,
      prefix: keys.upkeep,
      streams: { events: { maxLen: 10 } },
      defaultJobOptions: {
        attempts: 5,
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
