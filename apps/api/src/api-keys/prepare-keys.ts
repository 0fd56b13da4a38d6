import { type Engine, listApiKeys } from '@sluice/engine'
import type { FastifyBaseLogger } from 'fastify'
import { type FirstKeyFile, storeFirstKey } from './first-key-file.ts'

interface KeyPreparation {
  /** The file with the first API key. Undefined: none. */
  firstKey: FirstKeyFile | undefined
  allowAnonymous: boolean
  logger: FastifyBaseLogger
}

/** Stores the first API key as soon as Redis can be reached, and warns if no client or every client may call the API. */
export function prepareKeys(engine: Engine, { firstKey, allowAnonymous, logger }: KeyPreparation): void {
  if (allowAnonymous) {
    return logger.warn('SLUICE_ALLOW_ANONYMOUS is true: clients need no API key, and may do everything')
  }
  const attempt = () =>
    void prepare(engine, firstKey, logger).then(
      () => engine.redis.off('ready', attempt),
      (error: unknown) =>
        logger.error({ err: error }, 'the API keys could not be prepared; the next connection to Redis tries it again'),
    )
  engine.redis.on('ready', attempt)
}

async function prepare(engine: Engine, firstKey: FirstKeyFile | undefined, logger: FastifyBaseLogger): Promise<void> {
  if (firstKey && (await storeFirstKey(engine, firstKey))) return
  if (firstKey) logger.info({ file: firstKey.path }, 'API keys exist, so the one in the file was not stored')
  const { apiKeys } = await listApiKeys(engine, { pageSize: 1 })
  if (apiKeys.length === 0) logger.warn('no API key exists, so requests get 401: create one with --create-key admin')
}
