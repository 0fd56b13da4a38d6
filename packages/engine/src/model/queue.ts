import type { RetryPolicy } from './retry-policy.ts'
import type { CriteriaUpdate, InterruptionCriteria } from './criteria.ts'

/** Defaults that the `http` handler applies to tasks of a queue. */
export interface QueueHttp {
  /** Maximum duration of one call, in ms. Default 30,000. */
  timeoutMs?: number | undefined
  /** Headers sent with every call. A task's header of the same name takes precedence. */
  headers?: Record<string, string> | undefined
  /** Hosts that tasks may call. Default: all. */
  hosts?: string[] | undefined
  /** Hosts that may receive `${secret:NAME}`. Default: none. */
  secretHosts?: string[] | undefined
}

/** The settings of a queue, with defaults applied. */
export interface QueueSettings {
  /** Maximum number of the queue's tasks that run at once, over all workers. Default 100. */
  concurrency: number
  /** The default retry policy of the queue's batches. It is copied into each batch at its creation. */
  retry: RetryPolicy
  /** Maximum duration of one attempt, in ms. Default 600,000. It is copied into each batch at its creation. */
  attemptTimeoutMs: number
  http: QueueHttp
  /** The default criteria of the queue's batches. They are copied into each batch at its creation. */
  interruptionCriteria: InterruptionCriteria
  /** The limit on starts of the queue's tasks, shared by every queue that names it. Null: none. */
  limit: string | null
  /** True if no worker may take tickets from the queue. Default false. */
  paused: boolean
}

/** A snapshot of a queue. */
export interface Queue extends QueueSettings {
  name: string
  /** The number of its batches that are not finished. */
  activeBatches: number
  /** The queue's tickets: running (`active`), ready (`waiting`), and waiting for a time (`delayed`). */
  tickets: { active: number; waiting: number; delayed: number }
}

/** New settings of a queue. Omitted fields get their default. */
export type QueueUpdate = Partial<Omit<QueueSettings, 'retry' | 'interruptionCriteria'>> & {
  retry?: Partial<RetryPolicy> | undefined
  interruptionCriteria?: CriteriaUpdate | undefined
}

/** The name of the queue that always exists and that batches use by default. */
export const DEFAULT_QUEUE = 'default'

/** The settings of a queue that sets none. */
export const DEFAULT_QUEUE_SETTINGS: QueueSettings = {
  concurrency: 100,
  retry: { maxAttempts: 3, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 },
  attemptTimeoutMs: 600_000,
  http: {},
  interruptionCriteria: {},
  limit: null,
  paused: false,
}
