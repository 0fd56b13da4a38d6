import {
  DEFAULT_NAMES_PER_PAGE,
  operations,
  type ChangeQueueBody,
  type IfMatchHeaders,
  type PutQueueBody,
} from '@sluice/contracts'
import { changeQueue, deleteQueue, listQueues, putQueue, readQueue, type Queue } from '@sluice/engine'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { conditionOf, showVersion } from '../http/settings-version.ts'
import { changeGrantedSecrets, type GrantingChange } from './grant-secrets.ts'
import { queueView } from './queue-view.ts'
import { sentSettings } from './sent-settings.ts'

/** What both operations that change the settings of a queue are sent. */
interface SentChange {
  params: { name: string }
  headers: IfMatchHeaders
  body: PutQueueBody | ChangeQueueBody
}

/** The routes of queues. */
export const queueRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listQueues, async (request) => {
    const { pageSize = DEFAULT_NAMES_PER_PAGE, cursor } = request.query
    const granted = principalOf(request).queues
    const { queues, nextCursor } = await listQueues(engine, { pageSize, cursor, granted })
    return { queues: queues.map(queueView), nextCursor }
  })

  route(app, operations.readQueue, async ({ params }, reply) => show(reply, await readQueue(engine, params.name)))

  route(app, operations.putQueue, async (request, reply) => {
    const { name } = request.params
    const settings = sentSettings(name, request.body)
    const { queue, isNew } = await changeGrantedSecrets(
      engine,
      principalOf(request),
      grantingChange(request),
      (condition) => putQueue(engine, name, settings, condition),
    )
    if (isNew) reply.code(201).header('location', `/v1/queues/${queue.name}`)
    return show(reply, queue)
  })

  route(app, operations.changeQueue, async (request, reply) => {
    const { name } = request.params
    const change = sentSettings(name, request.body)
    const queue = await changeGrantedSecrets(engine, principalOf(request), grantingChange(request), (condition) =>
      changeQueue(engine, name, change, condition),
    )
    return show(reply, queue)
  })

  route(app, operations.pauseQueue, async ({ params: { name } }, reply) =>
    show(reply, await changeQueue(engine, name, { paused: true })),
  )

  route(app, operations.resumeQueue, async ({ params: { name } }, reply) =>
    show(reply, await changeQueue(engine, name, { paused: false })),
  )

  route(app, operations.deleteQueue, async ({ params }) => deleteQueue(engine, params.name))
}

function grantingChange({ params, body, headers }: SentChange): GrantingChange {
  return { queue: params.name, secrets: body.http?.secrets, condition: conditionOf(headers) }
}

function show(reply: FastifyReply, queue: Queue) {
  showVersion(reply, queue)
  return queueView(queue)
}
