import { DEFAULT_NAMES_PER_PAGE, operations, type ChangeQueueBody, type IfMatchHeaders } from '@sluice/contracts'
import { changeQueue, deleteQueue, listQueues, putQueue, readQueue, type Queue } from '@sluice/engine'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
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
}

/** The routes of queues. */
export const queueRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listQueues, async (request) => {
    const { pageSize = DEFAULT_NAMES_PER_PAGE, cursor } = request.query
    const reach = principalOf(request)
    const { queues, nextCursor } = await listQueues(engine, { pageSize, cursor, reach })
    return { queues: queues.map((queue) => queueView(queue, reach)), nextCursor }
  })

  route(app, operations.readQueue, async (request, reply) =>
    show(request, reply, await readQueue(engine, request.params.name)),
  )

  route(app, operations.putQueue, async (request, reply) => {
    const { name } = request.params
    const settings = sentSettings(name, request.body)
    const { queue, isNew } = await changeGrantedSecrets(
      engine,
      principalOf(request),
      { ...grantingOf(request), secrets: request.body.http?.secrets ?? [], tenants: request.body.tenants ?? null },
      (condition) => putQueue(engine, name, settings, condition),
    )
    if (isNew) reply.code(201).header('location', `/v1/queues/${queue.name}`)
    return show(request, reply, queue)
  })

  route(app, operations.changeQueue, async (request, reply) => {
    const { name } = request.params
    const change = sentSettings(name, request.body)
    const queue = await changeGrantedSecrets(
      engine,
      principalOf(request),
      { ...grantingOf(request), secrets: keptOr(request.body.http), tenants: request.body.tenants },
      (condition) => changeQueue(engine, name, change, condition),
    )
    return show(request, reply, queue)
  })

  route(app, operations.pauseQueue, async (request, reply) =>
    show(request, reply, await changeQueue(engine, request.params.name, { paused: true })),
  )

  route(app, operations.resumeQueue, async (request, reply) =>
    show(request, reply, await changeQueue(engine, request.params.name, { paused: false })),
  )

  route(app, operations.deleteQueue, async ({ params }) => deleteQueue(engine, params.name))
}

function grantingOf({ params, headers }: SentChange): Pick<GrantingChange, 'queue' | 'condition'> {
  return { queue: params.name, condition: conditionOf(headers) }
}

/** The secrets after a change of `http`, which keeps them unless it says so. Null resets what it names. */
function keptOr(http: ChangeQueueBody['http']): readonly string[] | undefined {
  if (http === null || http?.secrets === null) return []
  return http?.secrets
}

function show(request: Pick<FastifyRequest, 'principal'>, reply: FastifyReply, queue: Queue) {
  showVersion(reply, queue)
  return queueView(queue, principalOf(request))
}
