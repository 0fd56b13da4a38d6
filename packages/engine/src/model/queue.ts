import { mergeCriteria, type CriteriaUpdate, type InterruptionCriteria } from './criteria.ts'
import { mergeSettings, type Change } from './merge-settings.ts'
import { completeRetry, type RetryPolicy } from './retry-policy.ts'

/** Defaults that the `http` handler applies to tasks of a queue. */
export interface QueueHttp {
  /** Maximum duration of one call, in ms. Default 30,000. */
  timeoutMs?: number | undefined
  /** Headers sent with every call. A task's header of the same name takes precedence. */
  headers?: Record<string, string> | undefined
  /** Hosts that tasks may call. Default: all. */
  hosts?: string[] | undefined
  /** Names of the workers' secrets that headers may contain as `${secret:NAME}`. Default: none. */
  secrets?: string[] | undefined
  /** Hosts that receive the `traceparent` of an attempt. Default: none. */
  propagateTrace?: string[] | undefined
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
  /** The tenants whose clients may use it. Null: all. Clients of no tenant may use every queue. */
  tenants: readonly string[] | null
  /** True if no worker may take tickets from the queue. Default false. */
  paused: boolean
}

/** A snapshot of a queue. */
export interface Queue extends QueueSettings {
  name: string
  /** The version of its settings. Rises with each change of any queue or limit. */
  version: number
  /** The number of its batches that are not finished. */
  activeBatches: number
  /** The queue's tickets: running (`active`), ready (`waiting`), and waiting for a time (`delayed`). */
  tickets: { active: number; waiting: number; delayed: number }
  /** The number of workers that are alive and serve it. */
  workers: number
  /** The types that at least one of these workers handles, in alphabetical order. */
  types: string[]
}

/** New settings of a queue. Omitted fields get their default. */
export type QueueUpdate = Partial<Omit<QueueSettings, 'retry' | 'interruptionCriteria'>> & {
  retry?: Partial<RetryPolicy> | undefined
  interruptionCriteria?: CriteriaUpdate | undefined
}

/** A change of settings. An omitted setting stays, and null resets it to its default. Objects change member by member. */
export type QueueChange = Change<Omit<QueueSettings, 'retry' | 'http' | 'interruptionCriteria'>> & {
  retry?: Change<RetryPolicy> | null | undefined
  http?: Change<QueueHttp> | null | undefined
  interruptionCriteria?: CriteriaUpdate | null | undefined
}

/** The name of the queue that always exists and that batches use by default. */
export const DEFAULT_QUEUE = 'default'

/** The settings of a queue that sets none. */
export const DEFAULT_QUEUE_SETTINGS: QueueSettings = {
  concurrency: 100,
  retry: { maxAttempts: 3, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 },
  attemptTimeoutMs: 600_000,
  http: {},
  // A wrong key fails every task, and an upstream that has vanished fails one after the other.
  // A brief outage may fail as many attempts in a row as run at once, so that the batch goes on after three of them.
  interruptionCriteria: { maxConsecutiveFailures: 300, stopOn: ['auth'] },
  limit: null,
  tenants: null,
  paused: false,
}

/** Completes new settings with defaults. */
export function completeQueueSettings({ retry, interruptionCriteria, ...update }: QueueUpdate): QueueSettings {
  return {
    ...DEFAULT_QUEUE_SETTINGS,
    ...update,
    retry: completeRetry(DEFAULT_QUEUE_SETTINGS.retry, retry),
    interruptionCriteria: mergeCriteria({}, interruptionCriteria ?? DEFAULT_QUEUE_SETTINGS.interruptionCriteria),
  }
}

/** Applies a change to settings. */
export function changeQueueSettings(
  settings: QueueSettings,
  { retry, http, interruptionCriteria, ...change }: QueueChange,
): QueueSettings {
  const defaults = DEFAULT_QUEUE_SETTINGS
  const criteria = interruptionCriteria === null ? defaults.interruptionCriteria : settings.interruptionCriteria
  return {
    ...mergeSettings(settings, change, defaults),
    retry:
      retry === null
        ? defaults.retry
        : completeRetry(settings.retry, mergeSettings<Partial<RetryPolicy>>({}, retry ?? {}, defaults.retry)),
    http: http === null ? defaults.http : mergeSettings(settings.http, http ?? {}, defaults.http),
    interruptionCriteria: mergeCriteria(criteria, interruptionCriteria ?? {}),
  }
}
