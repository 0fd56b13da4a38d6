import { finished } from 'node:stream'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { mockRoutes } from './routes/mock-routes.ts'
import { serviceRoutes } from './routes/service-routes.ts'
import { shutdownRoute } from './routes/shutdown-route.ts'
import { statsRoutes } from './routes/stats-routes.ts'
import { sendError } from './send-error.ts'
import type { ServerState } from './server-state.ts'

export interface AppOptions {
  state: ServerState
  /** Default: nothing is logged. */
  logger?: FastifyBaseLogger | undefined
  /** Whether every request is logged. Default: false. */
  logRequests?: boolean | undefined
  /** Called when a client has requested the shutdown. */
  stop: () => void
}

/** Builds the HTTP application of a server. The caller makes it listen. */
export function buildApp({ state, logger, logRequests = false, stop }: AppOptions): FastifyInstance {
  const app = Fastify({
    ...(logger !== undefined && { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: !logRequests }),
    routerOptions: { maxParamLength: LONGEST_NAME },
    frameworkErrors: (_error, _request, reply) => sendError(reply, 'invalid_params'),
    exposeHeadRoutes: false,
    forceCloseConnections: true,
  })
  app.setValidatorCompiler(TypeBoxValidatorCompiler)

  ignoreBodies(app)
  answerEveryErrorAlike(app)
  app.register(mockRoutes, { state })
  app.register(serviceRoutes, { state })
  app.register(statsRoutes, { state })
  app.register(shutdownRoute, { stop })
  return app
}

/** The longest possible name: Node refuses headers above 16 KB, so no URL is longer. */
const LONGEST_NAME = 16_384

/** Reads bodies of any type and size to their end, so that the connection can be used again, and discards them. */
function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume()
    finished(payload, { writable: false }, (error) => done(error ?? null))
  })
  // The content type does not matter here, but Fastify would answer one that it cannot parse with 415.
  app.addHook('onRequest', (request, _reply, done) => {
    delete request.headers['content-type']
    done()
  })
}

function answerEveryErrorAlike(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => sendError(reply, 'not_found'))
  app.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500) return sendError(reply, 'invalid_params')
    request.log.error(error, 'request failed')
    reply.code(500).send({ error: 'internal_server_error' })
  })
}
