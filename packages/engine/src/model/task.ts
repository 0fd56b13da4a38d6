/** The state of a task. `docs/lifecycle.md` shows the transitions. */
export type TaskState = 'pending' | 'delayed' | 'running' | 'completed' | 'failed' | 'cancelled'

/** All states of a task. */
export const TASK_STATES: readonly TaskState[] = ['pending', 'delayed', 'running', 'completed', 'failed', 'cancelled']

/** Why an attempt failed. */
export interface TaskError {
  /** `rate_limited`, `overloaded`, `timeout`, `network`, `auth`, `invalid`, `server`, `handler` or `worker_lost`. */
  failureClass: string
  message: string
  /** The upstream's status code, if it sent one. */
  status?: number
  stack?: string
}

/** A snapshot of a task. */
export interface Task {
  seq: number
  key: string | null
  type: string
  state: TaskState
  /** The number of attempts begun, without released and postponed ones. */
  attempts: number
  /** How many attempts it may have, without released and postponed ones. */
  maxAttempts: number
  /** Numbers that JavaScript cannot hold are `JSON.rawJSON` objects, here and in `result`. */
  payload: unknown
  weights: Record<string, number> | null
  appendedAt: Date
  /** When a delayed task may run again. Null in other states. */
  dueAt: Date | null
  /** When the running attempt started. Null unless one runs. `readRunning` says how exact it is. */
  startedAt: Date | null
  /** When the last recorded attempt ended. */
  finishedAt: Date | null
  /** The duration of the last recorded attempt, in ms. */
  durationMs: number | null
  /** The handler's return value, for a completed task. */
  result: unknown
  /** Why the last recorded attempt failed, for a failed task and for one that waits for its next attempt. */
  error: TaskError | null
}

/** The recorded outcome of a task, without its payload: one line of the results stream. */
export interface TaskResult {
  seq: number
  key: string | null
  state: TaskState
  attempts: number
  finishedAt: Date | null
  durationMs: number | null
  /** The handler's return value as JSON, as it was recorded. Null unless the task is completed. */
  resultText: string | null
  error: TaskError | null
}
