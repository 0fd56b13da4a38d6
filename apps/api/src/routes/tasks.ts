import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DEFAULT_TASKS_PER_PAGE } from '@sluice/contracts'
import { listTasks, readBatch, readResults, readTask, resolveBatchId, type TaskResult, Yielder } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { NDJSON } from '../ndjson/media-type.ts'
import { listTasksOperation, readResultsOperation, readTaskOperation } from '../operations/tasks.ts'
import { taskResultView, taskView } from '../views/task-view.ts'

/** `/v1/batches/:id/tasks` and `/results`: what became of the tasks. */
export const taskRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine }) => {
  app.get(
    '/batches/:id/tasks',
    { config: { gate: 'sheddable' }, schema: listTasksOperation },
    async ({ params, query: { pageSize = DEFAULT_TASKS_PER_PAGE, ...filter } }) => {
      const id = await resolveBatchId(engine, params.id)
      const { tasks, nextCursor } = await listTasks(engine, id, { ...filter, pageSize })
      return { tasks: tasks.map(taskView), nextCursor }
    },
  )

  app.get('/batches/:id/tasks/:seq', { schema: readTaskOperation }, async ({ params }) =>
    taskView(await readTask(engine, await resolveBatchId(engine, params.id), params.seq)),
  )

  app.get(
    '/batches/:id/results',
    { config: { gate: 'sheddable' }, schema: readResultsOperation },
    async ({ params, query }, reply) => {
      const id = await resolveBatchId(engine, params.id)
      // Once the stream has begun it is too late to say 404.
      await readBatch(engine, id)
      const lines = resultLines(readResults(engine, id, query))
      return reply.type(NDJSON).send(Readable.from(lines, { objectMode: false }))
    },
  )
}

/** Characters sent at a time: a line at a time would cost a turn of the stream machinery each. */
const LINES_SIZE = 256 * 1024

async function* resultLines(pages: AsyncIterable<TaskResult[]>): AsyncGenerator<string> {
  const yielder = new Yielder()
  for await (const page of pages) {
    let lines = ''
    for (const result of page) {
      lines += `${JSON.stringify(taskResultView(result))}\n`
      if (lines.length >= LINES_SIZE) {
        yield lines
        lines = ''
      }
      if (yielder.isDue) await yielder.yield()
    }
    if (lines !== '') yield lines
  }
}
