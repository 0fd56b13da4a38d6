import type { IncomingMessage } from 'node:http'
import { fastifySSE as sse } from '@fastify/sse'
import type { Engine } from '@sluice/engine'
import { fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { ApiContext } from './api-context.ts'
import { apiKeyRoutes } from './api-keys/api-key-routes.ts'
import { ApiKeyCache } from './auth/api-key-cache.ts'
import { auditRoutes } from './audit/audit-routes.ts'
import { registerAudit } from './audit/register-audit.ts'
import { countRefusal } from './auth/auth-metrics.ts'
import { Authenticator, type AuthenticatorOptions } from './auth/authenticator.ts'
import { registerObjects } from './auth/find-objects.ts'
import { RequestQuota } from './auth/request-quota.ts'
import { registerCredentials, registerPermissions } from './auth/register-authentication.ts'
import { SessionCache } from './auth/session-cache.ts'
import { batchRoutes } from './batches/batch-routes.ts'
import { createBatchRoute } from './batches/create-batch.ts'
import { interruptionRoutes } from './batches/interruption-routes.ts'
import { watchBatchRoute } from './batches/watch-batch.ts'
import type { Dashboard } from './dashboard/read-dashboard.ts'
import { registerDashboard } from './dashboard/register-dashboard.ts'
import { bulkRoutes } from './bulk/bulk-routes.ts'
import { detectionRoutes } from './detections/detection-routes.ts'
import { registerGate, type GateConfig } from './gate/register-gate.ts'
import { registerJsonBodies } from './http/bodies/json-bodies.ts'
import { type ClientBounds, DEFAULT_BOUNDS } from './http/client-bounds.ts'
import { registerConnectionErrors } from './http/errors/connection-errors.ts'
import { handleError, registerErrorHandler } from './http/errors/error-handler.ts'
import { registerCompression } from './http/compression/register-compression.ts'
import { createHostCheck, type HostCheckOptions } from './http/guard/allowed-hosts.ts'
import { registerPreflight } from './http/guard/cors.ts'
import { createGuard, type Guard, registerGuard } from './http/guard/register-guard.ts'
import { registerLingeringClose } from './http/lingering-close.ts'
import { registerDocs } from './http/openapi/register-docs.ts'
import { publicPathOf, withoutPublicPath } from './http/public-path.ts'
import { requestIdOf, traceLogger } from './http/request-id.ts'
import { registerRequestMetrics } from './http/request-metrics.ts'
import { compileRequestValidator } from './http/request-validator.ts'
import { StreamSlots } from './http/stream-slots.ts'
import { registerStopping } from './http/stopping.ts'
import { registerUnknownRoutes } from './http/unknown-routes.ts'
import { BodyBudget } from './intake/body-budget.ts'
import { MAX_PLAIN_BODY_BYTES } from './intake/json-body.ts'
import { fleetRoutes } from './fleet/fleet-routes.ts'
import { watchEventsRoute } from './fleet/watch-events.ts'
import { limitRoutes } from './limits/limit-routes.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { queueRoutes } from './queues/queue-routes.ts'
import { serviceRoutes } from './service/service-routes.ts'
import { OidcClient } from './sessions/oidc/oidc-client.ts'
import { oidcRoutes } from './sessions/oidc/oidc-routes.ts'
import type { OidcOptions } from './sessions/oidc/oidc-settings.ts'
import { sessionRoutes } from './sessions/session-routes.ts'
import { appendTasksRoute } from './tasks/append-tasks.ts'
import { readResultsRoute } from './tasks/read-results.ts'
import { tenantRoutes } from './tenants/tenant-routes.ts'
import { taskRoutes } from './tasks/task-routes.ts'

/** What the API is built from. */
export interface AppOptions {
  engine: Engine
  /** Default: no log. */
  logger?: FastifyBaseLogger
  /** Default: metrics of its own. */
  metrics?: Metrics
  /** The API keys that the process has read. Default: none yet. */
  apiKeys?: ApiKeyCache
  /** The sessions that the process has read. Default: none yet. */
  sessions?: SessionCache
  /** Whether clients need no API key and may do everything. Default false. */
  allowAnonymous?: boolean
  /** Failed authentications that one address may have in a minute. Default 10. */
  maxFailedAuthentications?: number
  /** Requests per second of one API key, on average over ten seconds. Default 2,000. */
  maxRequestsPerSecond?: number
  /** By which hosts clients may call the API. Default: loopback names and addresses. */
  hosts?: HostCheckOptions
  /** The URL by which browsers reach the API. Default: by loopback alone. */
  publicUrl?: URL | undefined
  /** The issuer of OpenID Connect at which people sign in. Default: none. */
  oidc?: OidcOptions | undefined
  /** The origins whose pages may call the API, besides its own: `https://app.example.com`. Default: none. */
  corsOrigins?: readonly string[]
  /** The dashboard to serve at `/ui/`. Default: none. */
  dashboard?: Dashboard | undefined
  /** The largest task, in bytes of its JSON. Default: 262,144. */
  maxTaskBytes?: number
  /**
   * The largest JSON body with tasks, in bytes. Other bodies may have 131,072; uploads of NDJSON have no limit.
   * Default: 10,485,760.
   */
  maxBodyBytes?: number
  /** What all clients together can take of the process. Default: those of each bound. */
  bounds?: Partial<ClientBounds>
  /** The options of the overload gate. Default: those of its package. */
  gate?: GateConfig
  /** Time between two heartbeats on an event stream, in ms. Default: 15,000. */
  heartbeatMs?: number
}

/** A connection without traffic for this long is closed: its peer is gone. */
const IDLE_CONNECTION_MS = 120_000

/** Enough for `code:` and 200 characters, each percent-encoded in four bytes. */
const MAX_PARAM_LENGTH = 2500

const ROUTES = [
  serviceRoutes,
  fleetRoutes,
  watchEventsRoute,
  createBatchRoute,
  batchRoutes,
  interruptionRoutes,
  bulkRoutes,
  watchBatchRoute,
  appendTasksRoute,
  taskRoutes,
  readResultsRoute,
  queueRoutes,
  limitRoutes,
  detectionRoutes,
  tenantRoutes,
  apiKeyRoutes,
  sessionRoutes,
  oidcRoutes,
  auditRoutes,
]

/** Builds the API, ready to listen or to be injected into. Closing it ends event streams and leaves the engine open. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { engine, metrics = createMetrics(), heartbeatMs = 15_000, gate = {}, hosts = {} } = options
  const { maxTaskBytes = 262_144, maxBodyBytes = 10_485_760 } = options
  const bounds = { ...DEFAULT_BOUNDS, ...options.bounds }
  const origins = new Set(options.corsOrigins)
  const guard = createGuard(createHostCheck(hosts), origins)
  const budget = new BodyBudget(bounds.maxOpenBodyBytes, (bytes) => metrics.openBodyBytes.set(bytes))
  const app = createServer(options, guard)
  const apiKeys = options.apiKeys ?? new ApiKeyCache(engine)
  const sessions = options.sessions ?? new SessionCache(engine)
  const authenticator = createAuthenticator(options, { cache: apiKeys, sessions, metrics: metrics.auth })
  const stopping = registerStopping(app)

  limitConnections(app, bounds, metrics)
  registerGuard(app, guard)
  registerPreflight(app, origins)
  registerCredentials(app, authenticator)
  await registerGate(app, gate, metrics.gate.countOutcome)
  registerPermissions(app, authenticator, new RequestQuota(engine, metrics.auth, options.maxRequestsPerSecond ?? 2000))
  registerObjects(app, engine)
  registerAudit(app, engine)
  registerErrorHandler(app, engine, (error) => countRefusal(metrics.auth, error))
  registerUnknownRoutes(app)
  registerConnectionErrors(app)
  registerJsonBodies(app, { budget, timeoutMs: bounds.bodyTimeoutMs })
  registerRequestMetrics(app, metrics)
  registerCompression(app)
  registerLingeringClose(app, stopping)
  await registerDocs(app, publicPathOf(options.publicUrl))
  registerPages(app, options)
  // Streams send text that they have encoded once for all their clients.
  await app.register(sse, { heartbeatInterval: heartbeatMs, serializer: String })
  const eventStreams = new StreamSlots({
    max: bounds.maxEventStreams,
    maxPerKey: bounds.maxEventStreamsPerKey,
    kind: 'event streams',
    gauge: metrics.eventStreams,
  })
  const oidc = options.oidc && { client: new OidcClient(options.oidc), options: options.oidc }
  const auth = { apiKeys, sessions, authenticator, oidc, publicUrl: options.publicUrl }
  const context: ApiContext = { engine, metrics, ...auth, maxTaskBytes, maxBodyBytes, bounds, eventStreams, stopping }
  for (const routes of ROUTES) app.register(routes, context)
  return app
}

/** `/` leads to the page for people. */
function registerPages(app: FastifyInstance, { dashboard, publicUrl, oidc }: AppOptions): void {
  const path = publicPathOf(publicUrl)
  const home = `${path}${dashboard === undefined ? '/docs' : '/ui/'}`
  const config = { gate: 'sheddable', permission: null, isPage: true } as const
  app.get('/', { config }, async (_request, reply) => reply.redirect(home))
  if (dashboard !== undefined) registerDashboard(app, dashboard, { publicPath: path, hasIssuer: oidc !== undefined })
}

function createAuthenticator(
  { allowAnonymous = false, maxFailedAuthentications: maxFailures = 10 }: AppOptions,
  parts: Pick<AuthenticatorOptions, 'cache' | 'sessions' | 'metrics'>,
): Authenticator {
  return new Authenticator({ ...parts, allowAnonymous, maxFailures })
}

function limitConnections({ server }: FastifyInstance, bounds: ClientBounds, { connectionsRefused }: Metrics): void {
  server.maxConnections = bounds.maxConnections
  server.on('drop', () => connectionsRefused.inc())
}

function createServer({ logger, publicUrl }: AppOptions, guard: Guard): FastifyInstance {
  const path = publicPathOf(publicUrl)
  const app = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    bodyLimit: MAX_PLAIN_BODY_BYTES,
    // registerConnectionErrors answers instead.
    clientErrorHandler: () => {},
    connectionTimeout: IDLE_CONNECTION_MS,
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    // Hooks do not run for a request that has no route, because its path is badly encoded.
    frameworkErrors: (error, request, reply) => void handleError(guard(request, reply) ?? error, request, reply),
    genReqId: requestIdOf,
    childLoggerFactory: traceLogger,
    // The guard refuses a request without a Host, with a problem document.
    http: { requireHostHeader: false },
    // registerRequestMetrics logs requests, one line each.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Requests on open connections are still served while stopping. Each then closes its connection.
    return503OnClosing: false,
    ...(path !== '' && { rewriteUrl: ({ url = '/' }: IncomingMessage) => withoutPublicPath(url, path) }),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  })
  // Answers have no schema in Fastify's sense: JSON.stringify was measured faster than compiled serializers on tasks,
  // and it can neither drop nor convert a value.
  return app.setValidatorCompiler(compileRequestValidator)
}
