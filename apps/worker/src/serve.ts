import {
  checkHealth,
  checkRedisSettings,
  connectRedis,
  createEngine,
  refusedDatabase,
  type RedisConnection,
} from '@sluice/engine'
import { createHttpHandler, createWorker, type Handlers, type Secret, type Worker } from '@sluice/worker-kit'
import type { Server } from 'node:http'
import type { Logger } from 'pino'
import { createMetrics } from './metrics.ts'
import { startMetricsServer } from './metrics-server.ts'
import { warnOfFewOpenFiles } from './open-files.ts'
import type { WorkerSettings } from './settings.ts'

/** What a worker process runs with. */
export interface ServeOptions {
  settings: WorkerSettings
  /** What replaces `${secret:NAME}`, by NAME. */
  secrets: Readonly<Record<string, Secret>>
  /** The user's handlers by task type. */
  handlers: Handlers
  log: Logger
}

/** A worker that has been started. */
export interface RunningWorker {
  /** Resolves once the worker serves all its queues. While Redis is down, it waits. */
  readonly ready: Promise<void>
  /** Number of attempts that run now. */
  readonly running: number
  /** Lets running tasks finish for the grace time, then aborts and releases them, and disconnects from Redis. */
  stop(): Promise<void>
}

/** Starts the worker and its metrics server. Resolves before the worker is ready. */
export async function serve({ settings, secrets, handlers: own, log }: ServeOptions): Promise<RunningWorker> {
  warnOfFewOpenFiles(log, settings.SLUICE_WORKER_CONCURRENCY)
  const http = createHttpHandler({
    allowHosts: settings.SLUICE_HTTP_ALLOW_HOSTS,
    secrets,
    maxBodyBytes: settings.SLUICE_HTTP_MAX_BODY_BYTES,
    http2: settings.SLUICE_HTTP2,
  })
  const handlers = { http, ...own }
  const redis = connectRedis(settings.SLUICE_REDIS_URL, { connectionName: 'sluice-worker' })
  reportConnection(redis, log)
  redis.once('ready', () => void warnAboutSettings())

  let worker: Worker | undefined
  let isStopping = false
  const metrics = createMetrics(() => worker?.running ?? 0)
  const metricsServer = await serveMetrics()
  const ready = start()

  return {
    ready,
    get running() {
      return worker?.running ?? 0
    },
    stop,
  }

  async function serveMetrics(): Promise<Server | undefined> {
    const { SLUICE_METRICS_PORT: port, SLUICE_METRICS_HOST: host } = settings
    return port === 0 ? undefined : await startMetricsServer(metrics.registry, findObstacle, port, host)
  }

  async function warnAboutSettings(): Promise<void> {
    const engine = createEngine({ redis, prefix: settings.SLUICE_KEY_PREFIX })
    const warnings = await checkRedisSettings(engine).catch((error: unknown) => [
      `The settings of Redis could not be checked: ${String(error)}`,
    ])
    for (const warning of warnings) log.warn(warning)
  }

  async function start(): Promise<void> {
    const { SLUICE_QUEUES: queues, SLUICE_WORKER_CONCURRENCY: concurrency } = settings
    worker = await createWorker({
      redis,
      handlers,
      http,
      queues: queues.length > 0 ? queues : 'all',
      concurrency,
      prefix: settings.SLUICE_KEY_PREFIX,
      quotas: { retentionMs: settings.SLUICE_RETENTION_MS, unsealedExpiryMs: settings.SLUICE_UNSEALED_EXPIRY_MS },
      log,
      observe: metrics.observe,
    })
    log.info({ handlers: Object.keys(handlers), concurrency }, 'the worker is ready')
  }

  async function findObstacle(): Promise<string | undefined> {
    if (isStopping) return 'the worker is stopping'
    // A command now would wait for the next connection, and every check would add another one.
    if (redis.status !== 'ready') return 'Redis is not connected'
    const { problem } = await checkHealth(createEngine({ redis, prefix: settings.SLUICE_KEY_PREFIX }))
    return problem ?? (worker ? undefined : 'the worker is starting')
  }

  async function stop(): Promise<void> {
    isStopping = true
    // A worker that still waits for Redis has leased no task, so there is nothing to release.
    if (worker === undefined && redis.status !== 'ready') return
    await ready
    await worker?.close({ graceMs: settings.SLUICE_SHUTDOWN_GRACE_MS })
    metricsServer?.close()
    await http.close()
    redis.disconnect()
  }
}

/** Logs each loss of the connection once, and not every attempt to connect. */
function reportConnection(redis: RedisConnection, log: Logger): void {
  let isDown = false
  redis.on('error', (error: Error) => {
    const database = refusedDatabase(error)
    if (database !== undefined) exitWithoutDatabase(database, log)
    if (!isDown) log.warn({ err: error }, 'Redis cannot be reached; reconnecting')
    isDown = true
  })
  redis.on('ready', () => {
    log.info('connected to Redis')
    isDown = false
  })
}

/** Nothing but another setting helps. */
function exitWithoutDatabase(database: string, log: Logger): never {
  log.fatal(`the worker could not start: Redis does not have database ${database}, which SLUICE_REDIS_URL names`)
  process.exit(1)
}
