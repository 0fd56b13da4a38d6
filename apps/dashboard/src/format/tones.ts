import type { BatchOutcome, BatchState, TaskCounts, TaskState } from '@sluice/client'

/** What a colour means. It means the same in bars, charts, badges and tables. */
export type Tone = 'completed' | 'failed' | 'running' | 'waiting' | 'delayed' | 'interrupted' | 'cancelled'

/** The states of tasks in the order in which bars and legends show them. They add up to all tasks. */
export const TASK_STATES = ['completed', 'failed', 'cancelled', 'running', 'delayed', 'pending'] as const satisfies (
  | TaskState
  | keyof TaskCounts
)[]

/** The colour of a task's state. */
export function toneOfTask(state: TaskState): Tone {
  return state === 'pending' ? 'waiting' : state
}

/** The colour of a batch's state. One that completed with failed tasks has the colour of failures. */
export function toneOfBatch(state: BatchState, outcome: BatchOutcome | null): Tone {
  if (state === 'active') return 'running'
  if (state === 'completed' && outcome !== 'succeeded') return 'failed'
  return state
}

/** The state of a batch in words. */
export function batchStateText(state: BatchState, outcome: BatchOutcome | null): string {
  return state === 'completed' && outcome !== null ? outcome : state
}
