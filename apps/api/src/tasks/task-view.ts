import type { TaskResultView, TaskView } from '@sluice/contracts'
import type { Task, TaskResult } from '@sluice/engine'

/** A task as the API answers it. */
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
    dueAt: task.dueAt?.toISOString() ?? null,
    finishedAt: task.finishedAt?.toISOString() ?? null,
    durationMs: task.durationMs,
    // A handler that returns nothing also has a result: answers never leave a member out.
    result: task.result ?? null,
    error: task.error as TaskView['error'],
  }
}

/** The recorded result of a task, as a line of the results stream. */
export function taskResultView(result: TaskResult): TaskResultView {
  return {
    seq: result.seq,
    key: result.key,
    state: result.state,
    attempts: result.attempts,
    finishedAt: result.finishedAt?.toISOString() ?? null,
    durationMs: result.durationMs,
    result: result.result ?? null,
    error: result.error as TaskView['error'],
  }
}
