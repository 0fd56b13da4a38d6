import type { RedisConnection } from '../connect-redis.ts'
import { createJobQueue, type JobQueue } from './job-queue.ts'
import type { Keys } from '../keys.ts'

/** BullMQ's queue of the detections that wait for a worker. */
export const DETECTION_QUEUE = 'detections'

/** A job carries nothing: its id is the detection's. */
export type DetectionQueue = JobQueue<Record<string, never>>

/** A job that broke off comes back to say that it did, until it has. */
const ATTEMPTS = 1000

export function createDetectionQueue(redis: RedisConnection, keys: Keys): DetectionQueue {
  return createJobQueue(redis, { name: DETECTION_QUEUE, prefix: keys.maintenance, attempts: ATTEMPTS })
}
