import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { deleteQueue, listQueues, putQueue, readQueue } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { RequestInvalidError } from '../errors/api-errors.ts'
import {
  deleteQueueOperation,
  listQueuesOperation,
  putQueueOperation,
  readQueueOperation,
} from '../operations/queues.ts'
import { queueView } from '../views/queue-view.ts'
import { checkRetry } from './check-submission.ts'

/** `/v1/queues`: the lanes that batches go into. */
export const queueRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine }) => {
  app.get('/queues', { config: { gate: 'sheddable' }, schema: listQueuesOperation }, async () => ({
    queues: (await listQueues(engine)).map(queueView),
  }))

  app.get('/queues/:name', { schema: readQueueOperation }, async ({ params }) =>
    queueView(await readQueue(engine, params.name)),
  )

  app.put('/queues/:name', { schema: putQueueOperation }, async ({ params, body }, reply) => {
    const errors = checkRetry(body.retry)
    if (errors.length > 0) throw new RequestInvalidError(errors)
    const { queue, isNew } = await putQueue(engine, params.name, body)
    if (isNew) reply.code(201).header('location', `/v1/queues/${queue.name}`)
    return queueView(queue)
  })

  app.delete('/queues/:name', { schema: deleteQueueOperation }, async ({ params }, reply) => {
    await deleteQueue(engine, params.name)
    return reply.code(204).send()
  })
}
