import type { RedisConnection } from './connect-redis.ts'
import { createDetectionQueue, type DetectionQueue } from './bullmq/detection-queue.ts'
import { createKeys, type Keys } from './keys.ts'
import { createTicketQueues, type TicketQueues } from './bullmq/ticket-queues.ts'
import { createMaintenanceQueue, type MaintenanceQueue } from './bullmq/maintenance-queue.ts'

/** What every function of the engine works on. */
export interface Engine {
  readonly redis: RedisConnection
  readonly keys: Keys
  readonly ticketQueues: TicketQueues
  readonly maintenanceQueue: MaintenanceQueue
  readonly detectionQueue: DetectionQueue
  readonly quotas: EngineQuotas
}

export interface EngineQuotas {
  /** Tasks in one batch. Default 1,000,000. */
  maxTasksPerBatch: number
  /** How long a finished batch is kept, in ms. Default seven days. */
  retentionMs: number
  /** A batch that was never sealed is sealed so long after its creation, in ms. Default seven days. */
  unsealedExpiryMs: number
}

export interface EngineOptions {
  /** The engine uses this connection and does not close it. */
  redis: RedisConnection
  /** What all keys begin with. Default `sluice`. */
  prefix?: string
  quotas?: Partial<EngineQuotas>
}

const SEVEN_DAYS_MS = 7 * 24 * 3600 * 1000

export const DEFAULT_QUOTAS: EngineQuotas = {
  maxTasksPerBatch: 1_000_000,
  retentionMs: SEVEN_DAYS_MS,
  unsealedExpiryMs: SEVEN_DAYS_MS,
}

/** Sends nothing to Redis yet. */
export function createEngine({ redis, prefix = 'sluice', quotas }: EngineOptions): Engine {
  const keys = createKeys(prefix)
  return {
    redis,
    keys,
    ticketQueues: createTicketQueues(redis, keys),
    maintenanceQueue: createMaintenanceQueue(redis, keys),
    detectionQueue: createDetectionQueue(redis, keys),
    quotas: { ...DEFAULT_QUOTAS, ...quotas },
  }
}

/** Lets go of what the engine opened; the connection stays open. */
export async function closeEngine(engine: Engine): Promise<void> {
  await engine.ticketQueues.close()
  await engine.maintenanceQueue.close()
  await engine.detectionQueue.close()
}
