import type { Headroom } from './headroom.ts'

/** What happened to a batch within one period. */
export interface Sample {
  /** When the period began. */
  at: Date
  /** Tasks that completed. */
  completed: number
  /** Tasks that failed for good. */
  failed: number
  /** Attempts that failed and are retried. */
  retried: number
  /** Attempts that the upstream refused. */
  postponed: number
  /** Tasks that were running when the period ended. */
  running: number
  /** Tasks that were pending or delayed when the period ended. */
  waiting: number
  /** Median duration of the attempts that ended, in ms. Null: none ended. */
  p50Ms: number | null
  /** 95th percentile of the same durations, in ms. Null: none ended. */
  p95Ms: number | null
  /** How many tasks could run at once when the period ended: the lower concurrency of the batch and of its queue. */
  concurrency: number
  /** The value of each criterion that had a threshold, as a share of it: 1 stops the batch. In steps of 0.005, at most 1.27. */
  criteria: CriterionShares
}

/** Values of criteria as shares of their thresholds. A criterion without a threshold is absent. */
export type CriterionShares = { [Name in Headroom['criterion']]?: number }

/** What a mark stands for. */
export type MarkKind = 'started' | 'interrupted' | 'resumed' | 'retried' | 'changed' | 'finished'

/** A moment that explains a change in a series. */
export interface Mark {
  kind: MarkKind
  at: Date
  /** The reason of an interruption. Null for every other kind. */
  reason: string | null
}

/** How a batch went on over time. */
export interface Series {
  /** The length of a period, in ms. */
  periodMs: number
  /** Oldest first. Periods in which no turn was taken have none. */
  samples: Sample[]
  /** Oldest first. */
  marks: Mark[]
}
