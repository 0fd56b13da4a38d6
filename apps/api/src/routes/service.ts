import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { checkHealth, engineCounts } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { RedisUnavailableError } from '../errors/api-errors.ts'
import { showEngineCounts } from '../metrics.ts'
import { checkAliveOperation, checkReadyOperation, readMetricsOperation } from '../operations/service.ts'

/** `/healthz`, `/readyz` and `/metrics`: for those who run the process. */
export const serviceRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine, metrics }) => {
  app.get('/healthz', { schema: checkAliveOperation }, async () => ({ status: 'ok' }))

  app.get('/readyz', { schema: checkReadyOperation }, async () => {
    const { ok, problem } = await checkHealth(engine)
    if (!ok) throw new RedisUnavailableError(problem)
    return { status: 'ok' }
  })

  app.get('/metrics', { schema: readMetricsOperation }, async (request, reply) => {
    const counts = await engineCounts(engine).catch((error: unknown) => {
      request.log.warn({ err: error }, 'Redis did not answer for the metrics')
      return undefined
    })
    showEngineCounts(metrics, counts)
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
