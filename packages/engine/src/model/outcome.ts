import type { TaskCounts } from './task-counts.ts'

/**
 * How the tasks of a batch that has ended have ended. `succeeded`: all are completed, or there is none. `failed`: none is
 * completed. `partial`: some are. Cancelled tasks are not completed.
 */
export type BatchOutcome = 'succeeded' | 'partial' | 'failed'

/** All outcomes of a batch. */
export const BATCH_OUTCOMES: readonly BatchOutcome[] = ['succeeded', 'partial', 'failed']

/**
 * Returns the outcome of a batch. `isFinished`: it is completed or cancelled. Null: a task may still run, or the batch may be
 * resumed.
 */
export function outcomeOf(isFinished: boolean, counts: TaskCounts): BatchOutcome | null {
  const { total, pending, delayed, running, completed } = counts
  if (!isFinished || pending + delayed + running > 0) return null
  if (completed === total) return 'succeeded'
  return completed === 0 ? 'failed' : 'partial'
}
