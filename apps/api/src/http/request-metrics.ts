import type { FastifyInstance } from 'fastify'
import { printable } from './errors/printable.ts'
import type { Metrics } from '../metrics.ts'

/** Routes that are polled every few seconds and whose requests are not worth an entry. */
const QUIET_ROUTES = new Set(['/healthz', '/readyz', '/metrics'])

/** Logs each request once, after its answer was sent, and measures it. */
export function registerRequestMetrics(app: FastifyInstance, { requestSeconds }: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the path: one label per batch would be one time series per batch.
    const route = request.routeOptions.url ?? 'unknown'
    const status = `${Math.trunc(reply.statusCode / 100)}xx`
    requestSeconds.observe({ method: request.method, route, status }, reply.elapsedTime / 1000)

    const level = QUIET_ROUTES.has(route) ? 'debug' : 'info'
    const { method } = request
    const url = printable(request.url)
    const durationMs = Math.round(reply.elapsedTime)
    const { keyId, tenant, subject } = request.principal ?? {}
    const who = { keyId: keyId ?? undefined, tenant: tenant ?? undefined, subject: subject ?? undefined }
    request.log[level]({ method, url, status: reply.statusCode, durationMs, ...who }, 'request completed')
  })
}
