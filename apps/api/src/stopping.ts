import type { FastifyInstance } from 'fastify'

const SWEEP_EVERY_MS = 50

/**
 * Makes closing the app end by itself, once the requests that run have been answered. The signal is aborted when it
 * begins, for streams that have no end of their own.
 */
export function registerStopping(app: FastifyInstance): AbortSignal {
  const stopping = new AbortController()
  app.addHook('preClose', async () => {
    stopping.abort()
    // Node closes connections that are idle now; one that falls idle later would stay open until it times out.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_EVERY_MS)
    app.server.once('close', () => clearInterval(sweep))
    if (!app.server.listening) clearInterval(sweep)
  })
  return stopping.signal
}
