/** Where a task is in its life. `docs/lifecycle.md` has the diagram. */
export type TaskState = 'pending' | 'delayed' | 'running' | 'completed' | 'failed' | 'cancelled'

export const TASK_STATES: readonly TaskState[] = ['pending', 'delayed', 'running', 'completed', 'failed', 'cancelled']

/** Why an attempt failed. */
export interface TaskError {
  /** `rate_limited`, `overloaded`, `timeout`, `network`, `auth`, `invalid`, `server`, `handler` or `worker_lost`. */
  failureClass: string
  message: string
  /** The upstream's status code, where there was one. */
  status?: number
  stack?: string
}

/** A task as it is at one moment. */
export interface Task {
  seq: number
  key: string | null
  type: string
  state: TaskState
  /** Attempts begun so far, those given back not counted. */
  attempts: number
  payload: unknown
  weights: Record<string, number> | null
  appendedAt: Date
  /** When it may run again: for a delayed task. */
  dueAt: Date | null
  /** The end of its last recorded attempt, and that attempt's duration. */
  finishedAt: Date | null
  durationMs: number | null
  /** What the handler returned: for a completed task. */
  result: unknown
  /** Why the last attempt failed: for a failed task, and for one that waits for its next attempt. */
  error: TaskError | null
}

/** What is recorded of a task, without its payload: one line of the results stream. */
export interface TaskResult {
  seq: number
  key: string | null
  state: TaskState
  attempts: number
  finishedAt: Date | null
  durationMs: number | null
  result: unknown
  error: TaskError | null
}
