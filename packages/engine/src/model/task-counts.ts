import type { TaskState } from './task.ts'

/** Tasks by state. The states always add up to `total`. */
export type TaskCounts = Record<TaskState | 'total', number>
