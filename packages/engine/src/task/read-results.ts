import type { Engine } from '../engine.ts'
import { ReadSize } from './read-size.ts'
import { readTaskDefaults } from './read-task.ts'
import { readTasks } from './read-tasks.ts'
import type { TaskResult, TaskState } from '../model/task.ts'
import { toTaskResult } from './to-task.ts'

/**
 * Reads the recorded outcomes of a batch's tasks in order of their seq, some at a time. `states` selects the tasks in
 * some states, and `fromSeq` where to begin. Tasks appended after the iteration starts are not read. Throws `BatchNotFoundError`.
 */
export async function* readResults(
  engine: Engine,
  batchId: string,
  { states, fromSeq = 0 }: { states?: readonly TaskState[] | undefined; fromSeq?: number | undefined } = {},
): AsyncGenerator<TaskResult[]> {
  const { total } = await readTaskDefaults(engine, batchId)
  const size = new ReadSize()
  const readFrom = (seq: number) =>
    seq < total ? readTasks(engine, batchId, seq, Math.min(size.tasks, total - seq)) : undefined

  // Each iteration starts the next read before it yields, so that reading and using overlap.
  for (let reading = readFrom(fromSeq); reading;) {
    const tasks = await reading
    const last = tasks.at(-1)
    if (last === undefined) return
    size.learn(tasks)
    reading = readFrom(last.seq + 1)
    // If the consumer stops here, this read is never awaited, and its rejection must not be unhandled.
    reading?.catch(() => {})
    const results = tasks.filter((task) => !states || states.includes(task.state)).map(toTaskResult)
    if (results.length > 0) yield results
  }
}
