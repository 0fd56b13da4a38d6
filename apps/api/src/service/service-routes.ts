import { type HealthView, operations } from '@sluice/contracts'
import { checkHealth, engineCounts } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { showKeysInUse } from '../auth/auth-metrics.ts'
import { RedisUnavailableError } from '../http/errors/http-errors.ts'
import { openapiDocument } from '../http/openapi/openapi-document.ts'
import { route } from '../http/route.ts'
import { program, version } from '../settings.ts'
import { OverloadedError } from '../intake/intake-errors.ts'
import { showEngineCounts } from '../metrics.ts'

/** A process that has refused requests for this long should not receive any for a while. */
const REFUSING_TOO_LONG_MS = 5000

const OK: HealthView = { status: 'ok' }

/** The routes about the process itself. */
export const serviceRoutes: FastifyPluginAsync<ApiContext> = async (app, context) => {
  const { engine, metrics, apiKeys, maxTaskBytes } = context
  route(app, operations.checkAlive, async () => OK)

  route(app, operations.checkReady, async () => {
    const { sheddingForMs: refusingMs } = app.overloadGate.status()
    if (refusingMs > REFUSING_TOO_LONG_MS) {
      throw new OverloadedError(`This process has refused requests for ${Math.round(refusingMs / 1000)} s.`)
    }
    const { ok, problem } = await checkHealth(engine)
    if (!ok) throw new RedisUnavailableError(problem)
    return OK
  })

  route(app, operations.readVersion, async () => ({
    name: program.name,
    version,
    node: process.versions.node,
    maxTaskBytes,
  }))

  route(app, operations.readMetrics, async (request, reply) => {
    const counts = await engineCounts(engine).catch((error: unknown) => {
      request.log.warn({ err: error }, 'Redis did not respond; metrics that come from it are absent')
      return undefined
    })
    showEngineCounts(metrics, counts)
    showKeysInUse(metrics.auth, apiKeys.countInUse())
    metrics.gate.show(app.overloadGate.stats())
    reply.type(metrics.registry.contentType)
    return await metrics.registry.metrics()
  })

  route(app, operations.readOpenapi, async () => openapiDocument)
}
