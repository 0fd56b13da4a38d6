import { DEFAULT_NAMES_PER_PAGE, operations } from '@sluice/contracts'
import { deleteQueue, listQueues, putQueue, readQueue } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { route } from '../http/route.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { checkHeaders } from './check-headers.ts'
import { checkRetryPolicy } from './check-retry-policy.ts'
import { queueView } from './queue-view.ts'

/** The routes of queues. */
export const queueRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listQueues, async ({ query: { pageSize = DEFAULT_NAMES_PER_PAGE, cursor } }) => {
    const { queues, nextCursor } = await listQueues(engine, { pageSize, cursor })
    return { queues: queues.map(queueView), nextCursor }
  })

  route(app, operations.readQueue, async ({ params }) => queueView(await readQueue(engine, params.name)))

  route(app, operations.putQueue, async ({ params, body }, reply) => {
    const errors = [...checkRetryPolicy(body.retry), ...checkHeaders(body.http)]
    if (errors.length > 0) throw new RequestInvalidError(errors)
    const { queue, isNew } = await putQueue(engine, params.name, body)
    if (isNew) reply.code(201).header('location', `/v1/queues/${queue.name}`)
    return queueView(queue)
  })

  route(app, operations.deleteQueue, async ({ params }) => deleteQueue(engine, params.name))
}
