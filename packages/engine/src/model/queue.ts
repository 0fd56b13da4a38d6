import type { RetryPolicy } from './retry-policy.ts'
import type { CriteriaUpdate, InterruptionCriteria } from './criteria.ts'

/** What the `http` handler fills into tasks of a queue. */
export interface QueueHttp {
  /** Time one call may take, in ms. Default 30,000. */
  timeoutMs?: number | undefined
  /** Headers sent with every call; a task's own header of the same name wins. */
  headers?: Record<string, string> | undefined
  /** Hosts that `${secret:NAME}` may be sent to. Default: none. */
  secretHosts?: string[] | undefined
}

/** The settings of a queue, all filled in. */
export interface QueueSettings {
  /** Tasks of this queue that may run at once, on all workers together. Default 100. */
  concurrency: number
  /** Defaults of the queue's batches. They are copied into a batch when it is created. */
  retry: RetryPolicy
  /** Time one attempt may take, in ms. Default 600,000. */
  attemptTimeoutMs: number
  http: QueueHttp
  /** Criteria of batches that say nothing else. They are copied into a batch when it is created. */
  interruptionCriteria: InterruptionCriteria
  /** The limit that starts of its tasks are under, shared with every queue that names it; null: none. */
  limit: string | null
  /** No ticket of a paused queue is handed out. */
  paused: boolean
}

/** A queue as it is at one moment. */
export interface Queue extends QueueSettings {
  name: string
  /** Its active batches. */
  activeBatches: number
  /** Tickets in the queue: being run, ready to be run, and waiting for a time. */
  tickets: { active: number; waiting: number; delayed: number }
}

/** What is left out gets its default. */
export type QueueUpdate = Partial<Omit<QueueSettings, 'retry' | 'interruptionCriteria'>> & {
  retry?: Partial<RetryPolicy> | undefined
  interruptionCriteria?: CriteriaUpdate | undefined
}

export const DEFAULT_QUEUE = 'default'

export const DEFAULT_QUEUE_SETTINGS: QueueSettings = {
  concurrency: 100,
  retry: { maxAttempts: 3, minDelayMs: 1000, maxDelayMs: 60_000 },
  attemptTimeoutMs: 600_000,
  http: {},
  interruptionCriteria: {},
  limit: null,
  paused: false,
}
