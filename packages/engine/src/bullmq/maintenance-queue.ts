import type { RedisConnection } from '../connect-redis.ts'
import { createJobQueue, type JobQueue } from './job-queue.ts'
import type { Keys } from '../keys.ts'
import type { DeadlineData } from '../batch/schedule-deadline.ts'

/** BullMQ's queue of the jobs that keep the house in order. */
export const UPKEEP_QUEUE = 'upkeep'

export type UpkeepData = Partial<DeadlineData>

export type UpkeepQueue = JobQueue<UpkeepData>

const ATTEMPTS = 5

export function createUpkeepQueue(redis: RedisConnection, keys: Keys): UpkeepQueue {
  return createJobQueue(redis, { name: UPKEEP_QUEUE, prefix: keys.upkeep, attempts: ATTEMPTS })
}
