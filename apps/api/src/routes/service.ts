import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { checkHealth, engineCounts } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { OverloadedError, RedisUnavailableError } from '../errors/api-errors.ts'
import { showEngineCounts } from '../metrics.ts'
import { checkAliveOperation, checkReadyOperation, readMetricsOperation } from '../operations/service.ts'

/** A process that has refused requests for so long should get none for a while. */
const REFUSING_TOO_LONG_MS = 5000

/** `/healthz`, `/readyz` and `/metrics`: for those who run the process. */
export const serviceRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine, metrics }) => {
  // Whoever looks after the process must get an answer above all when it is busy.
  const config = { gate: 'bypass' } as const

  app.get('/healthz', { config, schema: checkAliveOperation }, async () => ({ status: 'ok' }))

  app.get('/readyz', { config, schema: checkReadyOperation }, async () => {
    const refusingMs = app.overloadGate.sheddingForMs()
    if (refusingMs > REFUSING_TOO_LONG_MS) throw new OverloadedError(refusingMs)
    const { ok, problem } = await checkHealth(engine)
    if (!ok) throw new RedisUnavailableError(problem)
    return { status: 'ok' }
  })

  app.get('/metrics', { config, schema: readMetricsOperation }, async (request, reply) => {
    const counts = await engineCounts(engine).catch((error: unknown) => {
      request.log.warn({ err: error }, 'Redis did not answer for the metrics')
      return undefined
    })
    showEngineCounts(metrics, counts)
    metrics.gate.show(app.overloadGate.stats())
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
