import { DEFAULT_NAMES_PER_PAGE, operations } from '@sluice/contracts'
import { changeLimit, deleteLimit, type Limit, listLimits, putLimit, readLimit } from '@sluice/engine'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { conditionOf, showVersion } from '../http/settings-version.ts'
import { limitView } from './limit-view.ts'
import { sentSettings } from './sent-settings.ts'

/** The routes of limits. */
export const limitRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listLimits, async (request) => {
    const { pageSize = DEFAULT_NAMES_PER_PAGE, cursor } = request.query
    const { limits, nextCursor } = await listLimits(engine, { pageSize, cursor, reach: principalOf(request) })
    return { limits: limits.map((limit) => limitView(limit)), nextCursor }
  })

  route(app, operations.readLimit, async ({ params }, reply) => show(reply, await readLimit(engine, params.name)))

  route(app, operations.putLimit, async ({ params: { name }, headers, body }, reply) => {
    const { limit, isNew } = await putLimit(engine, name, sentSettings(name, body), conditionOf(headers))
    if (isNew) reply.code(201).header('location', `/v1/limits/${limit.name}`)
    return show(reply, limit)
  })

  route(app, operations.changeLimit, async ({ params: { name }, headers, body }, reply) =>
    show(reply, await changeLimit(engine, name, sentSettings(name, body), conditionOf(headers))),
  )

  route(app, operations.deleteLimit, async ({ params }) => deleteLimit(engine, params.name))
}

function show(reply: FastifyReply, limit: Limit) {
  showVersion(reply, limit)
  return limitView(limit)
}
