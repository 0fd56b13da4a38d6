import type { TaskState } from './task.ts'

/**
 * Counts of tasks by state. They always add up to `total`. `running` counts tasks that have started, one of each lease; the
 * others of a lease count as `pending`, although their own state is `running` from their lease on.
 */
export type TaskCounts = Record<TaskState | 'total', number>
