import type { RedisConnection } from '../connect-redis.ts'
import { createJobQueue, type JobQueue } from './job-queue.ts'
import type { Keys } from '../keys.ts'
import { DETECTION_QUEUE } from './queue-names.ts'

/** A job has no data: its id is that of the detection. */
export type DetectionQueue = JobQueue<Record<string, never>>

/** A job that failed runs again until it has marked its detection as failed. */
const ATTEMPTS = 1000

/** Creates the queue of detections. It is opened on first use. */
export function createDetectionQueue(redis: RedisConnection, keys: Keys): DetectionQueue {
  return createJobQueue(redis, { name: DETECTION_QUEUE, prefix: keys.maintenance, attempts: ATTEMPTS })
}
