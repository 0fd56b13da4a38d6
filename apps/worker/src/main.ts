import { checkHealth, connectRedis, createEngine, type RedisConnection } from '@sluice/engine'
import { readSettingsOrExit } from '@sluice/settings'
import { createHttpHandler, createWorker, type Worker } from '@sluice/worker-kit'
import { notSettings, readSecrets, workerSettings } from './config.ts'
import { createLogger } from './create-logger.ts'
import { loadHandlers } from './load-handlers.ts'
import { createMetrics } from './metrics.ts'
import { startMetricsServer } from './metrics-server.ts'

/** A stop that hangs, because Redis is away, ends by force so long after the grace time. */
const FORCE_AFTER_MS = 5000

const settings = readSettingsOrExit(
  {
    name: 'sluice-worker',
    summary: 'Runs the tasks of batches. Start as many as you like, on any machines that reach the same Redis.',
    schema: workerSettings,
    prefix: 'SLUICE_',
    allowPrefixes: notSettings,
  },
  process,
)
const log = createLogger('worker', settings.SLUICE_LOG_LEVEL, process.stdout.isTTY)

let worker: Worker | undefined
let isStopping = false

const http = createHttpHandler({
  allowHosts: settings.SLUICE_HTTP_ALLOW_HOSTS,
  secrets: readSecrets(process.env),
  maxBodyBytes: settings.SLUICE_HTTP_MAX_BODY_BYTES,
})
const handlers = { http, ...(await loadUserHandlers(settings.SLUICE_HANDLERS)) }

const redis = connectRedis(settings.SLUICE_REDIS_URL, { connectionName: 'sluice-worker' })
reportConnection(redis)

const metrics = createMetrics(() => worker?.running ?? 0)
const metricsServer =
  settings.SLUICE_METRICS_PORT > 0
    ? await startMetricsServer(
        metrics.registry,
        findObstacle,
        settings.SLUICE_METRICS_PORT,
        settings.SLUICE_METRICS_HOST,
      ).catch(fail)
    : undefined

process.once('SIGTERM', stop)
process.once('SIGINT', stop)

const starting = createWorker({
  redis,
  handlers,
  http,
  queues: settings.SLUICE_QUEUES.length > 0 ? settings.SLUICE_QUEUES : 'all',
  concurrency: settings.SLUICE_WORKER_CONCURRENCY,
  prefix: settings.SLUICE_KEY_PREFIX,
  quotas: {
    retentionMs: settings.SLUICE_RETENTION_MS,
    unsealedExpiryMs: settings.SLUICE_UNSEALED_EXPIRY_MS,
  },
  log,
  observe: metrics.observe,
})
worker = await starting.catch(fail)
log.info({ handlers: Object.keys(handlers), concurrency: settings.SLUICE_WORKER_CONCURRENCY }, 'the worker is ready')

function fail(error: unknown): never {
  log.fatal({ err: error }, 'the worker could not start')
  process.exit(1)
}

/** What a readiness check is told. */
async function findObstacle(): Promise<string | undefined> {
  if (isStopping) return 'the worker is stopping'
  // Asking now would leave one command for each check to be sent when Redis is back.
  if (redis.status !== 'ready') return 'Redis is not connected'
  const { problem } = await checkHealth(createEngine({ redis, prefix: settings.SLUICE_KEY_PREFIX }))
  return problem ?? (worker ? undefined : 'the worker is starting')
}

async function loadUserHandlers(path: string) {
  if (path === '') return {}
  try {
    return await loadHandlers(path)
  } catch (error) {
    process.stderr.write(`The handlers cannot be used: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  }
}

/** Once for each loss, not for each attempt to connect again. */
function reportConnection(connection: RedisConnection): void {
  let isDown = false
  connection.on('error', (error: Error) => {
    if (!isDown) log.warn({ err: error }, 'Redis cannot be reached; trying again until it is back')
    isDown = true
  })
  connection.on('ready', () => {
    log.info('connected to Redis')
    isDown = false
  })
}

function stop(signal: string): void {
  isStopping = true
  const graceMs = settings.SLUICE_SHUTDOWN_GRACE_MS
  log.info({ signal, running: worker?.running ?? 0, graceMs }, 'stopping')
  // Without Redis it has not begun, so it holds nothing that would have to be given back.
  if (worker === undefined && redis.status !== 'ready') process.exit(0)
  setTimeout(() => {
    log.error('could not give everything back in time; other workers take it over')
    process.exit(1)
  }, graceMs + FORCE_AFTER_MS).unref()
  void starting
    .then((started) => started.close({ graceMs }))
    .then(async () => {
      metricsServer?.close()
      await http.close()
      redis.disconnect()
      log.info('stopped')
      process.exit(0)
    })
}
