import type { CriteriaUpdate, InterruptionCriteria } from './criteria.ts'
import type { Headroom } from './headroom.ts'
import type { Interruption } from './interruption.ts'
import type { LimitWait } from './limit.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { TaskCounts } from './task-counts.ts'

/** Where a batch is in its life. `docs/lifecycle.md` has the diagram. */
export type BatchState = 'active' | 'interrupted' | 'completed' | 'cancelled'

export const BATCH_STATES: readonly BatchState[] = ['active', 'interrupted', 'completed', 'cancelled']

/** What someone who submits a batch may say about it. */
export interface BatchSubmission {
  /** The client's own unique name of the batch. Default: its id. */
  code?: string | undefined
  /** Default: `default`. */
  queue?: string | undefined
  /** The handler of tasks that do not name one. Default: `http`. */
  type?: string | undefined
  metadata?: Record<string, unknown> | undefined
  /** How many tasks may run at once, on all workers together. Default: the queue's concurrency. */
  concurrency?: number | undefined
  /** 1 (first) to 10. Default 5. */
  priority?: number | undefined
  /** Fields left out come from the queue. */
  retry?: Partial<RetryPolicy> | undefined
  /** Time one attempt may take, in ms. Default: the queue's. */
  attemptTimeoutMs?: number | undefined
  /** What is left out comes from the queue; null switches a criterion off. */
  interruptionCriteria?: CriteriaUpdate | undefined
  /** Task envelopes: each the JSON text of one task, kept as it is. */
  tasks?: readonly string[] | undefined
  /** No more tasks will come. Default: true when tasks are given. */
  sealed?: boolean | undefined
  idempotency?: Idempotency | undefined
}

/** A submission sent twice under one key makes one batch. */
export interface Idempotency {
  key: string
  /** A hash of the request: the same key with another one is refused. */
  fingerprint: string
}

/** A batch as it is at one moment. */
export interface Batch {
  id: string
  code: string
  queue: string
  type: string
  state: BatchState
  /** True once no more tasks will be added. */
  sealed: boolean
  counts: TaskCounts
  metadata: Record<string, unknown>
  /** Null: as many as the queue allows. */
  concurrency: number | null
  priority: number
  retry: RetryPolicy
  attemptTimeoutMs: number
  /** In force now. */
  interruptionCriteria: InterruptionCriteria
  /** Each criterion with its threshold and what it would be compared with now. */
  headroom: Headroom[]
  /** Why the batch was last interrupted. */
  lastInterruption: Interruption | null
  createdAt: Date
  /** When its first task was handed to a worker. */
  startedAt: Date | null
  finishedAt: Date | null
  /** The upstream asked for a rest (429 or 503 with Retry-After): no task starts before this. */
  pausedUntil: Date | null
  /** When the next delayed task may run again. */
  nextDueAt: Date | null
  /** What its tasks wait for, when that is the limit of its queue. */
  limitWait: LimitWait | null
  /** Finished tasks, in percent of all. 0 for an empty batch that is not finished. */
  percent: number
  /** Tasks finished a second, over the last ten to twenty seconds in which any were. 0 before the first. */
  ratePerSecond: number
  /** Estimate of the time left at that rate, in ms; null when there is nothing to base it on. */
  etaMs: number | null
}
