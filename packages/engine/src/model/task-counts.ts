import type { TaskState } from './task.ts'

/** Counts of tasks by state. The states always add up to `total`. */
export type TaskCounts = Record<TaskState | 'total', number>
