import { checkRedisSettings, closeEngine, connectRedis, createEngine, type RedisConnection } from '@sluice/engine'
import type { FastifyBaseLogger } from 'fastify'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { gateConfig } from './gate/gate-settings.ts'
import { createMetrics, measureProcess } from './metrics.ts'

/** An API that listens. */
export interface RunningApi {
  /** Lets requests finish, ends event streams, and lets go of Redis. */
  stop(): Promise<void>
}

/** Starts listening, whether Redis is there yet or not: `/readyz` says when it is. */
export async function serve(config: Config, log: FastifyBaseLogger): Promise<RunningApi> {
  const redis = connect(config, log)
  const engine = createEngine({
    redis,
    prefix: config.SLUICE_KEY_PREFIX,
    quotas: { maxTasksPerBatch: config.SLUICE_MAX_BATCH_TASKS },
  })
  const metrics = createMetrics()
  measureProcess(metrics)
  const app = await buildApp({
    engine,
    metrics,
    logger: log,
    maxTaskBytes: config.SLUICE_MAX_TASK_BYTES,
    maxBodyBytes: config.SLUICE_MAX_BODY_BYTES,
    gate: gateConfig(config),
  })
  await app.listen({ host: config.SLUICE_HOST, port: config.SLUICE_PORT })

  return {
    async stop() {
      // A connection that is still busy by then is closed under its request; an upload can go on with its offset.
      const cutOff = setTimeout(() => app.server.closeAllConnections(), config.SLUICE_SHUTDOWN_GRACE_MS)
      await app.close()
      clearTimeout(cutOff)
      await closeEngine(engine)
      redis.disconnect()
    },
  }

  function connect({ SLUICE_REDIS_URL: url }: Config, logger: FastifyBaseLogger): RedisConnection {
    const connection = connectRedis(url, { failFast: true, connectionName: 'sluice-api' })
    reportConnection(connection, logger)
    connection.once('ready', () => void warnAboutSettings())
    return connection
  }

  async function warnAboutSettings(): Promise<void> {
    const warnings = await checkRedisSettings(engine).catch((error: unknown) => [
      `Redis was not checked: ${String(error)}`,
    ])
    for (const warning of warnings) log.warn(warning)
  }
}

/** Once for each loss, not for each attempt to connect again. */
function reportConnection(redis: RedisConnection, log: FastifyBaseLogger): void {
  let isDown = false
  redis.on('error', (error: Error) => {
    if (!isDown) log.error({ err: error }, 'Redis cannot be reached; requests that need it get 503 until it is back')
    isDown = true
  })
  redis.on('ready', () => {
    log.info('connected to Redis')
    isDown = false
  })
}
