import type { RedisConnection } from '../connect-redis.ts'
import type { Keys } from '../keys.ts'
import { createJobQueue, type JobQueue } from './job-queue.ts'

/** BullMQ's queue of maintenance jobs: passes of the reconciler, and deadlines. */
export const MAINTENANCE_QUEUE = 'maintenance'

/** A deadline names its batch; a pass of the reconciler carries nothing. */
export interface MaintenanceData {
  batchId?: string
}

export type MaintenanceQueue = JobQueue<MaintenanceData>

const ATTEMPTS = 5

export function createMaintenanceQueue(redis: RedisConnection, keys: Keys): MaintenanceQueue {
  return createJobQueue(redis, { name: MAINTENANCE_QUEUE, prefix: keys.maintenance, attempts: ATTEMPTS })
}
