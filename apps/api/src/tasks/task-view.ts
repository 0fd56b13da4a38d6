import type { FoundTaskView, TaskResultView, TaskView } from '@sluice/contracts'
import type { FoundTask, Task, TaskResult } from '@sluice/engine'

/** A task as the API answers it. */
export function taskView(task: Task): TaskView {
  return {
    seq: task.seq,
    key: task.key,
    type: task.type,
    state: task.state,
    attempts: task.attempts,
    maxAttempts: task.maxAttempts,
    payload: task.payload,
    weights: task.weights,
    appendedAt: task.appendedAt.toISOString(),
    dueAt: task.dueAt?.toISOString() ?? null,
    startedAt: task.startedAt?.toISOString() ?? null,
    finishedAt: task.finishedAt?.toISOString() ?? null,
    durationMs: task.durationMs,
    // A handler that returns nothing also has a result: answers never leave a member out.
    result: task.result ?? null,
    error: task.error as TaskView['error'],
  }
}

/** A task of any batch as the API answers it. */
export function foundTaskView(task: FoundTask): FoundTaskView {
  const { batchId, code, queue } = task
  return { batchId, code, queue, ...taskView(task) }
}

/** The recorded result of a task as a line of NDJSON: a `TaskResultView`, in which the result keeps its text. */
export function taskResultLine({ resultText, error, finishedAt, ...rest }: TaskResult): string {
  const { seq, key, state, attempts, durationMs } = rest
  const head = {
    seq,
    key,
    state,
    attempts,
    finishedAt: finishedAt?.toISOString() ?? null,
    durationMs,
  } satisfies Partial<TaskResultView>
  return `${JSON.stringify(head).slice(0, -1)},"result":${resultText ?? 'null'},"error":${JSON.stringify(error)}}\n`
}
