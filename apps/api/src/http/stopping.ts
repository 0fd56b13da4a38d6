import type { FastifyInstance } from 'fastify'

const SWEEP_EVERY_MS = 50

/**
 * Lets the closing of the app finish once all running requests have been answered. The signal is aborted when closing
 * begins, for streams that would not end by themselves.
 */
export function registerStopping(app: FastifyInstance): AbortSignal {
  const stopping = new AbortController()
  app.addHook('preClose', async () => {
    stopping.abort()
    // Node closes connections that are idle now. One that becomes idle later would stay open until it times out.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_EVERY_MS)
    app.server.once('close', () => clearInterval(sweep))
    if (!app.server.listening) clearInterval(sweep)
  })
  return stopping.signal
}
