import type { TaskResultView, TaskView } from '@sluice/contracts'
import type { Task, TaskResult } from '@sluice/engine'
import { isoOrNull } from './iso-or-null.ts'

/** A task as the API shows it. */
export function taskView(task: Task): TaskView {
  return {
    seq: task.seq,
    key: task.key,
    type: task.type,
    state: task.state,
    attempts: task.attempts,
    payload: task.payload,
    weights: task.weights,
    appendedAt: task.appendedAt.toISOString(),
    dueAt: isoOrNull(task.dueAt),
    finishedAt: isoOrNull(task.finishedAt),
    durationMs: task.durationMs,
    // A handler that returns nothing has a result all the same: members never go missing.
    result: task.result ?? null,
    error: task.error,
  }
}

/** What is recorded of a task, as a line of the results stream. */
export function taskResultView(result: TaskResult): TaskResultView {
  return {
    seq: result.seq,
    key: result.key,
    state: result.state,
    attempts: result.attempts,
    finishedAt: isoOrNull(result.finishedAt),
    durationMs: result.durationMs,
    result: result.result ?? null,
    error: result.error,
  }
}
