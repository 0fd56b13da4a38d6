import type { BatchState } from './batch.ts'
import type { BatchOutcome } from './outcome.ts'
import type { FailureGroup } from './failure-group.ts'
import type { TaskCounts } from './task-counts.ts'
import type { Headroom } from './headroom.ts'
import type { Interruption } from './interruption.ts'

/** Percentiles of durations, in ms. They come from a log-scale histogram and are at most 10% above the exact value. */
export interface Percentiles {
  count: number
  /** Exact, but for rounding. 0 if there is none. */
  mean: number
  /** Exact, but at least 0.1. 0 if there is none. */
  min: number
  p50: number
  p90: number
  p99: number
  /** Exact. */
  max: number
}

/** Failed attempts with the same failure class, status and error text. */
export interface ErrorGroup extends FailureGroup {
  /** The number of failed attempts, including retried ones. */
  count: number
  /** The seq of one task that failed this way. */
  sampleSeq: number
}

/** A task that has been running for an unusually long time. */
export interface StuckTask {
  seq: number
  runningForMs: number
}

/** A failed attempt. */
export interface LatestFailure {
  /** When it was recorded. */
  at: Date
  seq: number
  /** `failed`: the task has failed. `retry`: it runs again. `postponed`: the same, but no attempt was spent. */
  outcome: 'failed' | 'retry' | 'postponed'
  failureClass: string
  /** The upstream's status code. Null if it sent none. */
  status: number | null
  /** The error text. One that is very long has its numbers and ids blanked out, and is cut. */
  message: string
}

/** The outcome of a batch so far. */
export interface BatchReport {
  id: string
  code: string
  state: BatchState
  /** How its tasks have ended. Null until all have. */
  outcome: BatchOutcome | null
  counts: TaskCounts
  /** The time from the first lease to the end of the batch, or to now, in ms. */
  durationMs: number
  /** Completed and failed tasks per second over `durationMs`. */
  throughputPerSecond: number
  /** Durations of single attempts. */
  executionMs: Percentiles
  /** Times from appending a task until it finished. */
  lifetimeMs: Percentiles
  /** The number of failed attempts that were retried. */
  retries: number
  /** Tasks that got a second attempt. Retrying failed tasks by hand begins with their first attempt. */
  retriedTasks: number
  /** How many of them have completed, and how many have failed. */
  retriedCompleted: number
  retriedFailed: number
  /** How often the upstream postponed a task (429). A postponement spends no attempt. */
  postponements: number
  /** Groups of failures, most frequent first. Beyond 100 groups, further failures form one group per failure class. */
  errors: ErrorGroup[]
  /** The latest failed attempts, newest first, at most 20. */
  latestFailures: LatestFailure[]
  /** Tasks that have run for longer than `stuckAfterMs`. */
  stuckAfterMs: number
  stuckTasks: StuckTask[]
  headroom: Headroom[]
  /** The interruptions of the batch, newest first. */
  interruptions: Interruption[]
}
