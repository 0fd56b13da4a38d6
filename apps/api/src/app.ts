import { randomUUID } from 'node:crypto'
import { fastifySSE as sse } from '@fastify/sse'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Engine } from '@sluice/engine'
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { ApiContext } from './api-context.ts'
import { registerGate, type GateConfig } from './gate/register-gate.ts'
import { handleError, registerErrorHandler } from './errors/error-handler.ts'
import { MAX_PLAIN_BODY_BYTES, registerJsonBody } from './json-body.ts'
import { registerLingeringClose } from './lingering-close.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { registerOpenapi } from './openapi/register-openapi.ts'
import { registerRequestMetrics } from './request-metrics.ts'
import { compileRequestValidator } from './request-validator.ts'
import { registerStopping } from './stopping.ts'
import { appendTasksRoutes } from './routes/append-tasks.ts'
import { batchRoutes } from './routes/batches.ts'
import { createBatchRoutes } from './routes/create-batch.ts'
import { detectionRoutes } from './routes/detections.ts'
import { eventRoutes } from './routes/events.ts'
import { interruptionRoutes } from './routes/interruptions.ts'
import { limitRoutes } from './routes/limits.ts'
import { queueRoutes } from './routes/queues.ts'
import { serviceRoutes } from './routes/service.ts'
import { taskRoutes } from './routes/tasks.ts'

export interface AppOptions {
  engine: Engine
  /** Default: no log. */
  logger?: FastifyBaseLogger
  /** Default: metrics of its own. */
  metrics?: Metrics
  /** The largest task, in bytes of its JSON. Default 262,144. */
  maxTaskBytes?: number
  /**
   * The largest JSON body with tasks, in bytes; others may have 131,072. Uploads of NDJSON have no limit. Default
   * 10,485,760.
   */
  maxBodyBytes?: number
  /** How the overload gate works. Default: as its package says. */
  gate?: GateConfig
  /** Time between two signs of life on an event stream, in ms. Default 15,000. */
  heartbeatMs?: number
}

/** A connection on which nothing moves for so long is closed: the other side is gone. */
const IDLE_CONNECTION_MS = 120_000

/** Enough for `code:` and 200 characters, each percent-encoded in four bytes. */
const MAX_PARAM_LENGTH = 2500

/** The whole API, ready to listen or to be injected into. Closing it ends event streams and leaves the engine open. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { engine, metrics = createMetrics(), heartbeatMs = 15_000, gate = {} } = options
  const { maxTaskBytes = 262_144, maxBodyBytes = 10_485_760 } = options
  const app = createServer(options)
  const stopping = registerStopping(app)

  await registerGate(app, gate, metrics.gate.countOutcome)
  registerErrorHandler(app)
  registerJsonBody(app)
  registerRequestMetrics(app, metrics)
  registerLingeringClose(app, stopping)
  await registerOpenapi(app)
  await app.register(sse, { heartbeatInterval: heartbeatMs })
  registerRoutes(app, { engine, metrics, maxTaskBytes, maxBodyBytes, stopping })
  return app
}

function createServer({ logger }: AppOptions): FastifyInstance {
  const app = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    bodyLimit: MAX_PLAIN_BODY_BYTES,
    connectionTimeout: IDLE_CONNECTION_MS,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
    genReqId: () => randomUUID(),
    // Requests are logged by registerRequestMetrics, one line each.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Requests on open connections are still served while stopping; each then closes its connection.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  })
  // Plain JSON.stringify: measured faster than compiled serializers on tasks, and it can neither drop nor bend a value.
  app.setValidatorCompiler(compileRequestValidator).setSerializerCompiler(() => JSON.stringify)
  return app.withTypeProvider<TypeBoxTypeProvider>()
}

function registerRoutes(app: FastifyInstance, context: ApiContext): void {
  app.register(serviceRoutes, context)
  const batch = [createBatchRoutes, batchRoutes, appendTasksRoutes, taskRoutes, eventRoutes, interruptionRoutes]
  for (const routes of [...batch, queueRoutes, limitRoutes, detectionRoutes])
    app.register(routes, { prefix: '/v1', ...context })
}
