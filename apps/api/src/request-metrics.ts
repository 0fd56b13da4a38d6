import type { FastifyInstance } from 'fastify'
import type { Metrics } from './metrics.ts'

/** Routes whose requests come every few seconds and say nothing. */
const QUIET_ROUTES = new Set(['/healthz', '/readyz', '/metrics'])

/** Logs each request once, when it has been answered, and measures it. */
export function registerRequestMetrics(app: FastifyInstance, { requestSeconds }: Metrics): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })

  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the path: a label for each batch would be a time series for each batch.
    const route = request.routeOptions.url ?? 'unknown'
    const status = `${Math.trunc(reply.statusCode / 100)}xx`
    requestSeconds.observe({ method: request.method, route, status }, reply.elapsedTime / 1000)

    const level = QUIET_ROUTES.has(route) ? 'debug' : 'info'
    const { method, url } = request
    request.log[level]({ method, url, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) }, 'answered')
  })
}
