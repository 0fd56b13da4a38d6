import type { RedisConnection } from './connect-redis.ts'
import { createDetectionQueue, type DetectionQueue } from './bullmq/detection-queue.ts'
import { createKeys, type Keys } from './keys.ts'
import { createTicketQueues, type TicketQueues } from './bullmq/ticket-queues.ts'
import type { BatchTransition } from './model/transition.ts'
import { createMaintenanceQueue, type MaintenanceQueue } from './bullmq/maintenance-queue.ts'

/** The connection, keys, queues and quotas that every function of the engine takes as its first argument. */
export interface Engine {
  readonly redis: RedisConnection
  /** The prefix of all keys. */
  readonly prefix: string
  readonly keys: Keys
  readonly ticketQueues: TicketQueues
  readonly maintenanceQueue: MaintenanceQueue
  readonly detectionQueue: DetectionQueue
  readonly quotas: EngineQuotas
  readonly onTransition?: ((transition: BatchTransition) => void) | undefined
}

/** Bounds that one engine enforces. */
export interface EngineQuotas {
  /** Maximum number of tasks in one batch. Default 1,000,000. */
  maxTasksPerBatch: number
  /** How long a finished batch is kept, in ms. Default seven days. */
  retentionMs: number
  /** The age at which the reconciler seals an unsealed batch, in ms. Default seven days. */
  unsealedExpiryMs: number
  /** Maximum number of queues besides `default`. Default 1,000. */
  maxQueues: number
  /** Maximum number of limits. Default 1,000. */
  maxLimits: number
  /** Maximum number of API keys. Default 1,000. */
  maxApiKeys: number
  /** About how many entries each of the two parts of the audit log keeps. Default 100,000. */
  maxAuditEntries: number
}

/** Options of an engine. */
export interface EngineOptions {
  /** The connection the engine uses. The caller closes it. */
  redis: RedisConnection
  /** The prefix of all keys. Default `sluice`. */
  prefix?: string
  quotas?: Partial<EngineQuotas>
  /**
   * Receives each transition of a batch that a call of this engine made, for logs and metrics. Must not throw. A call whose
   * reply was lost with the connection is not reported.
   */
  onTransition?: (transition: BatchTransition) => void
}

const SEVEN_DAYS_MS = 7 * 24 * 3600 * 1000

/** The quotas of an engine that sets none. */
export const DEFAULT_QUOTAS: EngineQuotas = {
  maxTasksPerBatch: 1_000_000,
  retentionMs: SEVEN_DAYS_MS,
  unsealedExpiryMs: SEVEN_DAYS_MS,
  maxQueues: 1000,
  maxLimits: 1000,
  maxApiKeys: 1000,
  maxAuditEntries: 100_000,
}

/** Creates an engine. Sends no command to Redis. */
export function createEngine({ redis, prefix = 'sluice', quotas, onTransition }: EngineOptions): Engine {
  const keys = createKeys(prefix)
  return {
    redis,
    prefix,
    keys,
    ticketQueues: createTicketQueues(redis, keys),
    maintenanceQueue: createMaintenanceQueue(redis, keys),
    detectionQueue: createDetectionQueue(redis, keys),
    quotas: { ...DEFAULT_QUOTAS, ...quotas },
    onTransition,
  }
}

/** Closes the queues that the engine opened. The connection stays open. */
export async function closeEngine(engine: Engine): Promise<void> {
  await engine.ticketQueues.close()
  await engine.maintenanceQueue.close()
  await engine.detectionQueue.close()
}
