import {
  checkRedisSettings,
  closeEngine,
  connectRedis,
  createEngine,
  receiveSignals,
  refusedDatabase,
  transitionLabels,
  type BatchTransition,
  type RedisConnection,
} from '@sluice/engine'
import type { FastifyBaseLogger } from 'fastify'
import { openFirstKeyFile } from './api-keys/first-key-file.ts'
import { prepareKeys } from './api-keys/prepare-keys.ts'
import { buildApp } from './app.ts'
import { ApiKeyCache } from './auth/api-key-cache.ts'
import { SessionCache } from './auth/session-cache.ts'
import { type Dashboard, readDashboard } from './dashboard/read-dashboard.ts'
import { gateConfig } from './gate/gate-settings.ts'
import { clientBounds } from './http/client-bounds.ts'
import { createMetrics, measureProcess } from './metrics.ts'
import { oidcOptionsOf } from './sessions/oidc/oidc-settings.ts'
import { publicUrlOf } from './sessions/session-settings.ts'
import type { ApiSettings } from './settings.ts'

/** An API that listens. */
export interface RunningApi {
  /** Lets running requests finish, ends event streams, and disconnects from Redis. */
  stop(): Promise<void>
}

/** Starts to listen, whether or not Redis can be reached: `/readyz` says when it can. */
export async function serve(settings: ApiSettings, logger: FastifyBaseLogger): Promise<RunningApi> {
  const { SLUICE_BOOTSTRAP_KEY_FILE: path } = settings
  const firstKey = path === undefined ? undefined : await openFirstKeyFile(path)
  const redis = connect(settings, logger)
  const metrics = createMetrics()
  const engine = createEngine({
    redis,
    prefix: settings.SLUICE_KEY_PREFIX,
    quotas: {
      maxTasksPerBatch: settings.SLUICE_MAX_BATCH_TASKS,
      maxQueues: settings.SLUICE_MAX_QUEUES,
      maxLimits: settings.SLUICE_MAX_LIMITS,
      maxApiKeys: settings.SLUICE_MAX_API_KEYS,
      maxAuditEntries: settings.SLUICE_AUDIT_MAX_ENTRIES,
    },
    onTransition: reportTransition,
  })
  prepareKeys(engine, { firstKey, allowAnonymous: settings.SLUICE_ALLOW_ANONYMOUS, logger })
  redis.once('ready', () => void warnAboutSettings())
  const apiKeys = new ApiKeyCache(engine)
  const sessions = new SessionCache(engine)
  const publicUrl = publicUrlOf(settings)
  // It is not awaited: Redis may come up later.
  const listening = receiveSignals(engine, (signal) => {
    if (signal.kind === 'api_key') apiKeys.forget(signal.id)
    if (signal.kind === 'session') sessions.forget(signal.id)
  })
  measureProcess(metrics)
  const app = await buildApp({
    engine,
    metrics,
    logger,
    apiKeys,
    sessions,
    publicUrl,
    oidc: await oidcOptionsOf(settings),
    allowAnonymous: settings.SLUICE_ALLOW_ANONYMOUS,
    maxFailedAuthentications: settings.SLUICE_MAX_FAILED_AUTHENTICATIONS,
    maxRequestsPerSecond: settings.SLUICE_MAX_REQUESTS_PER_SECOND,
    hosts: { listensOn: settings.SLUICE_HOST, allowed: allowedHosts(settings, publicUrl) },
    corsOrigins: settings.SLUICE_CORS_ORIGINS,
    dashboard: settings.SLUICE_DASHBOARD ? findDashboard(logger) : undefined,
    maxTaskBytes: settings.SLUICE_MAX_TASK_BYTES,
    maxBodyBytes: settings.SLUICE_MAX_BODY_BYTES,
    bounds: clientBounds(settings),
    gate: gateConfig(settings),
  })
  await app.listen({ host: settings.SLUICE_HOST, port: settings.SLUICE_PORT }).catch(explainPort)

  return {
    async stop() {
      // A connection that is still busy by then is closed during its request. An upload can continue with its offset.
      const cutOff = setTimeout(() => app.server.closeAllConnections(), settings.SLUICE_SHUTDOWN_GRACE_MS)
      await app.close()
      clearTimeout(cutOff)
      void listening.then((stopListening) => stopListening())
      await closeEngine(engine)
      redis.disconnect()
    },
  }

  function reportTransition(transition: BatchTransition): void {
    metrics.batchTransitions.inc(transitionLabels(transition))
    logger.info(transition, `the batch was ${transition.transition}`)
  }

  async function warnAboutSettings(): Promise<void> {
    const warnings = await checkRedisSettings(engine).catch((error: unknown) => [
      `The settings of Redis could not be checked: ${String(error)}`,
    ])
    for (const warning of warnings) logger.warn(warning)
  }
}

/** Clients may call the API by the name that browsers use. */
function allowedHosts({ SLUICE_ALLOWED_HOSTS: names }: ApiSettings, publicUrl: URL | undefined): string[] {
  return publicUrl === undefined ? names : [...names, publicUrl.hostname]
}

function findDashboard(logger: FastifyBaseLogger): Dashboard | undefined {
  const dashboard = readDashboard()
  if (dashboard === undefined) logger.warn('the dashboard has not been built, so /ui is not served: run pnpm build')
  return dashboard
}

function explainPort(error: NodeJS.ErrnoException & { address?: string; port?: number }): never {
  if (error.code !== 'EADDRINUSE') throw error
  throw new Error(`Port ${error.port} of ${error.address} is in use. Set SLUICE_PORT to another one.`, { cause: error })
}

function connect({ SLUICE_REDIS_URL: url }: ApiSettings, logger: FastifyBaseLogger): RedisConnection {
  const redis = connectRedis(url, { failFast: true, connectionName: 'sluice-api' })
  reportConnection(redis, logger)
  return redis
}

/** Logs each loss of the connection once, not each attempt to reconnect. */
function reportConnection(redis: RedisConnection, logger: FastifyBaseLogger): void {
  let isDown = false
  redis.on('error', (error: Error) => {
    const database = refusedDatabase(error)
    if (database !== undefined) exitWithoutDatabase(database, logger)
    if (!isDown) logger.error({ err: error }, 'Redis cannot be reached; requests that need it get 503 until it returns')
    isDown = true
  })
  redis.on('ready', () => {
    logger.info('connected to Redis')
    isDown = false
  })
}

/** Nothing but another setting helps. */
function exitWithoutDatabase(database: string, logger: FastifyBaseLogger): never {
  logger.fatal(`the API could not start: Redis does not have database ${database}, which SLUICE_REDIS_URL names`)
  process.exit(1)
}
