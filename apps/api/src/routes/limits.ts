import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { deleteLimit, listLimits, putLimit, readLimit } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { RequestInvalidError } from '../errors/api-errors.ts'
import {
  deleteLimitOperation,
  listLimitsOperation,
  putLimitOperation,
  readLimitOperation,
} from '../operations/limits.ts'
import { limitView } from '../views/limit-view.ts'
import { checkRules } from './check-rules.ts'

/** `/v1/limits`: what queues may start in a time, held by all workers together. */
export const limitRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine }) => {
  app.get('/limits', { config: { gate: 'sheddable' }, schema: listLimitsOperation }, async () => ({
    limits: (await listLimits(engine)).map((limit) => limitView(limit)),
  }))

  app.get('/limits/:name', { schema: readLimitOperation }, async ({ params }) =>
    limitView(await readLimit(engine, params.name)),
  )

  app.put('/limits/:name', { schema: putLimitOperation }, async ({ params, body }, reply) => {
    const errors = checkRules(body.rules)
    if (errors.length > 0) throw new RequestInvalidError(errors)
    const { limit, isNew } = await putLimit(engine, params.name, body)
    if (isNew) reply.code(201).header('location', `/v1/limits/${limit.name}`)
    return limitView(limit)
  })

  app.delete('/limits/:name', { schema: deleteLimitOperation }, async ({ params }, reply) => {
    await deleteLimit(engine, params.name)
    return reply.code(204).send()
  })
}
