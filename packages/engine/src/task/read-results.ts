import type { Engine } from '../engine.ts'
import { PAGE_TASKS } from '../keys.ts'
import { readPage, toTaskResult } from './read-page.ts'
import { readTaskDefaults } from './read-task.ts'
import type { TaskResult, TaskState } from './task.ts'

/**
 * What is recorded of each task of a batch so far, a page at a time, in order of their seq; with `state`, only of tasks
 * in that state. Throws `BatchNotFoundError`.
 */
export async function* readResults(
  engine: Engine,
  batchId: string,
  { state }: { state?: TaskState | undefined } = {},
): AsyncGenerator<TaskResult[]> {
  const { total } = await readTaskDefaults(engine, batchId)
  const pages = Math.ceil(total / PAGE_TASKS)
  // The next page is on its way while this one is used.
  let reading = pages > 0 ? readPage(engine, batchId, 0) : undefined
  for (let n = 1; reading; n++) {
    const page = await reading
    reading = n < pages ? readPage(engine, batchId, n) : undefined
    // Should the reader stop here, nobody waits for that page any more.
    reading?.catch(() => {})
    const results = page.filter((task) => !state || task.state === state).map(toTaskResult)
    if (results.length > 0) yield results
  }
}
