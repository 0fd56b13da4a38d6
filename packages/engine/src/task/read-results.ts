import type { Engine } from '../engine.ts'
import { ReadSize } from './read-size.ts'
import { readTaskDefaults } from './read-task.ts'
import { readTasks } from './read-tasks.ts'
import type { TaskResult, TaskState } from '../model/task.ts'
import { toTaskResult } from './to-task.ts'

/**
 * What is recorded of each task of a batch so far, some at a time, in order of their seq; with `state`, only of tasks
 * in that state. Throws `BatchNotFoundError`.
 */
export async function* readResults(
  engine: Engine,
  batchId: string,
  { state }: { state?: TaskState | undefined } = {},
): AsyncGenerator<TaskResult[]> {
  const { total } = await readTaskDefaults(engine, batchId)
  const size = new ReadSize()
  const readFrom = (seq: number) =>
    seq < total ? readTasks(engine, batchId, seq, Math.min(size.tasks, total - seq)) : undefined

  // The next tasks are on their way while these are used.
  for (let reading = readFrom(0); reading;) {
    const tasks = await reading
    const last = tasks.at(-1)
    if (last === undefined) return
    size.learn(tasks)
    reading = readFrom(last.seq + 1)
    // Should the reader stop here, nobody waits for them any more.
    reading?.catch(() => {})
    const results = tasks.filter((task) => !state || task.state === state).map(toTaskResult)
    if (results.length > 0) yield results
  }
}
