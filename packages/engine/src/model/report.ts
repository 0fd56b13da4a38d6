import type { BatchState } from './batch.ts'
import type { TaskCounts } from './task-counts.ts'
import type { Headroom } from './headroom.ts'
import type { Interruption } from './interruption.ts'

/** Durations in ms at given percentiles, read off a log-scale histogram: each at most 10% above the true value. */
export interface Percentiles {
  count: number
  p50: number
  p90: number
  p99: number
  max: number
}

/** Failed attempts of one kind. */
export interface ErrorGroup {
  failureClass: string
  /** The upstream's status code, where there was one. */
  status: number | null
  /** The error text with its numbers and ids blanked out, so that like errors meet. */
  message: string
  /** Failed attempts, those that were tried again included. */
  count: number
  /** One task it happened to. */
  sampleSeq: number
}

/** A task that has been running suspiciously long. */
export interface StuckTask {
  seq: number
  runningForMs: number
}

/** What became of a batch. */
export interface BatchReport {
  id: string
  code: string
  state: BatchState
  counts: TaskCounts
  /** From the first start to the end, or to now, in ms. */
  durationMs: number
  /** Finished tasks a second over that time. */
  throughputPerSecond: number
  /** Of single attempts, while they ran. */
  executionMs: Percentiles
  /** Of tasks, from when they were appended until they were finished. */
  lifetimeMs: Percentiles
  /** Attempts that failed and were tried again. */
  retries: number
  /** Times the upstream asked to come back later (429). No attempt is spent on these. */
  postponements: number
  /** The most frequent first; at most 100 kinds are told apart. */
  errors: ErrorGroup[]
  /** Running longer than ten times the 99th percentile, and longer than a minute. */
  stuckTasks: StuckTask[]
  headroom: Headroom[]
  /** The newest first. */
  interruptions: Interruption[]
}
