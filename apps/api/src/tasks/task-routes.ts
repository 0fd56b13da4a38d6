import { DEFAULT_TASKS_PER_PAGE, operations } from '@sluice/contracts'
import { countRetries, listTasks, readTask, retryTasks, searchTasks } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { checkGranted } from '../auth/find-objects.ts'
import { batchView } from '../batches/batch-view.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { foundTaskView, taskView } from './task-view.ts'

/** The routes that read tasks and retry them. */
export const taskRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listTasks, async ({ params, query: { pageSize = DEFAULT_TASKS_PER_PAGE, ...filter } }) => {
    const { tasks, nextCursor } = await listTasks(engine, params.id, { ...filter, pageSize })
    return { tasks: tasks.map(taskView), nextCursor }
  })

  route(app, operations.searchTasks, async (request) => {
    const { pageSize = DEFAULT_TASKS_PER_PAGE, ...filter } = request.query
    if (filter.queue !== undefined) checkGranted(request, filter.queue)
    const reach = principalOf(request)
    const { tasks, nextCursor } = await searchTasks(engine, { ...filter, pageSize, reach })
    return { tasks: tasks.map(foundTaskView), nextCursor }
  })

  route(app, operations.readTask, async ({ params }) => taskView(await readTask(engine, params.id, params.seq)))

  route(app, operations.retryTasks, async ({ params, body }) => {
    const { dryRun = false, ...filter } = body ?? {}
    const { batch, retried } = await (dryRun ? countRetries : retryTasks)(engine, params.id, filter)
    return { retried, batch: batchView(batch) }
  })
}
