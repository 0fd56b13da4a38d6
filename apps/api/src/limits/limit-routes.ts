import { DEFAULT_NAMES_PER_PAGE, operations } from '@sluice/contracts'
import { deleteLimit, listLimits, putLimit, readLimit } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { route } from '../http/route.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { checkRules } from './check-rules.ts'
import { limitView } from './limit-view.ts'

/** The routes of limits. */
export const limitRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listLimits, async ({ query: { pageSize = DEFAULT_NAMES_PER_PAGE, cursor } }) => {
    const { limits, nextCursor } = await listLimits(engine, { pageSize, cursor })
    return { limits: limits.map((limit) => limitView(limit)), nextCursor }
  })

  route(app, operations.readLimit, async ({ params }) => limitView(await readLimit(engine, params.name)))

  route(app, operations.putLimit, async ({ params, body }, reply) => {
    const errors = checkRules(body.rules)
    if (errors.length > 0) throw new RequestInvalidError(errors)
    const { limit, isNew } = await putLimit(engine, params.name, body)
    if (isNew) reply.code(201).header('location', `/v1/limits/${limit.name}`)
    return limitView(limit)
  })

  route(app, operations.deleteLimit, async ({ params }) => deleteLimit(engine, params.name))
}
