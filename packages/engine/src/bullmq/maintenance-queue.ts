import type { RedisConnection } from '../connect-redis.ts'
import type { Keys } from '../keys.ts'
import { MAINTENANCE_QUEUE } from './queue-names.ts'
import { createJobQueue, type JobQueue } from './job-queue.ts'

/** The data of a maintenance job. A pass of the reconciler has none. */
export interface MaintenanceData {
  /** The batch whose deadline is reached, or which starts. */
  batchId?: string
  /** The bulk operation that goes on. */
  bulk?: string
  /**
   * The queue whose concurrency is spread. `rest`: what an earlier job has left, by the version of the settings that it
   * found, and the last batch that it visited.
   */
  spread?: { queue: string; rest?: { version: number | undefined; after: string } }
}

/** The queue of maintenance jobs. */
export type MaintenanceQueue = JobQueue<MaintenanceData>

const ATTEMPTS = 5

/** Creates the queue of maintenance jobs. It is opened on first use. */
export function createMaintenanceQueue(redis: RedisConnection, keys: Keys): MaintenanceQueue {
  return createJobQueue(redis, { name: MAINTENANCE_QUEUE, prefix: keys.maintenance, attempts: ATTEMPTS })
}
