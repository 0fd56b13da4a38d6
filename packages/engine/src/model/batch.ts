import type { CriteriaUpdate, InterruptionCriteria } from './criteria.ts'
import type { Headroom } from './headroom.ts'
import type { Interruption } from './interruption.ts'
import type { LimitWait } from './limit.ts'
import type { BatchOutcome } from './outcome.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { TaskCounts } from './task-counts.ts'
import type { UpstreamWait } from './upstream-wait.ts'
import type { Waiting } from './waiting.ts'

/** The state of a batch. `docs/lifecycle.md` shows the transitions. */
export type BatchState = 'active' | 'interrupted' | 'completed' | 'cancelled'

/** All states of a batch. */
export const BATCH_STATES: readonly BatchState[] = ['active', 'interrupted', 'completed', 'cancelled']

/** A request to create a batch. */
export interface BatchSubmission {
  /** The tenant that it belongs to. Default `default`. */
  tenant?: string | undefined
  /** The client's own name of the batch, unique in its tenant. Default: its id. */
  code?: string | undefined
  /** The queue that runs the batch. Default `default`. */
  queue?: string | undefined
  /** The handler of tasks that do not name one. Default: `http`. */
  type?: string | undefined
  metadata?: Record<string, unknown> | undefined
  /** Maximum number of tasks that run at once, over all workers. Default: the queue's concurrency. */
  concurrency?: number | undefined
  /** 1 (highest) to 10. Default 5. */
  priority?: number | undefined
  /** The time of Redis's clock before which no task starts. Default: at once. */
  startAt?: Date | undefined
  /** Omitted fields default to the queue's. */
  retry?: Partial<RetryPolicy> | undefined
  /** Maximum duration of one attempt, in ms. Default: the queue's. */
  attemptTimeoutMs?: number | undefined
  /** Omitted criteria default to the queue's; null switches a criterion off. */
  interruptionCriteria?: CriteriaUpdate | undefined
  /** Envelopes: each is the JSON text of one task, and is stored unchanged. */
  tasks?: readonly string[] | undefined
  /** Envelopes in chunks, which are read while the batch is being created. They follow `tasks`. Default: none. */
  chunks?: AsyncIterable<readonly string[]> | undefined
  /** True if no more tasks will be appended. Default: true if `tasks` is given. */
  sealed?: boolean | undefined
  /** The trace that its attempts belong to: a valid `traceparent` of W3C Trace Context. Default: none. */
  traceparent?: string | undefined
  idempotency?: Idempotency | undefined
}

/** Makes a submission repeatable: two submissions of a tenant with the same key create one batch. */
export interface Idempotency {
  key: string
  /**
   * A hash of the request. The same key with a different fingerprint is refused. A function reads what is left of
   * `chunks` and returns the hash of a request that is still arriving.
   */
  fingerprint: string | (() => Promise<string>)
}

/** A snapshot of a batch. */
export interface Batch {
  id: string
  /** The tenant that it belongs to. */
  tenant: string
  code: string
  queue: string
  type: string
  state: BatchState
  /** How its tasks have ended. Null until all have. */
  outcome: BatchOutcome | null
  /** True once the batch accepts no more tasks. */
  sealed: boolean
  counts: TaskCounts
  metadata: Record<string, unknown>
  /** Maximum number of tasks that run at once. Null: as many as the queue allows. */
  concurrency: number | null
  priority: number
  retry: RetryPolicy
  attemptTimeoutMs: number
  /** The criteria in force now. */
  interruptionCriteria: InterruptionCriteria
  /** Each criterion that has a threshold, with the value it is compared with now. */
  headroom: Headroom[]
  /** The most recent interruption. */
  lastInterruption: Interruption | null
  createdAt: Date
  /** The time before which no task starts. Null: they start at once. */
  startAt: Date | null
  /** When its first task was leased. */
  startedAt: Date | null
  finishedAt: Date | null
  /** The time before which no task starts, because the upstream asked for a pause or refused several calls in a row. */
  pausedUntil: Date | null
  /** When the next delayed task becomes due. */
  nextDueAt: Date | null
  /** Why its tasks wait, if they wait for the queue's limit; otherwise null. */
  limitWait: LimitWait | null
  /** Why its tasks wait, if they wait because the upstream refuses calls; otherwise null. */
  upstreamWait: UpstreamWait | null
  /** What its tasks wait for. Empty: they start as fast as they may, or the batch is not active. */
  waitingFor: Waiting[]
  /** Finished tasks as a percentage of all tasks. 0 for an empty batch that is not completed. */
  percent: number
  /** Tasks finished per second, over the last ten to twenty seconds in which any were. 0 before the first. */
  ratePerSecond: number
  /** Estimated time until the last task finishes, in ms. Null unless the batch is active and has a rate. */
  etaMs: number | null
}
