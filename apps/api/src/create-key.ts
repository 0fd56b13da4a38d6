import { closeEngine, connectRedis, createApiKey, type CreatedApiKey, createEngine, type ApiRole } from '@sluice/engine'
import { auditNewKey } from './audit/audit-new-key.ts'
import { CREATE_KEY } from './create-key-option.ts'
import type { ApiSettings } from './settings.ts'

/** Redis cannot be reached, so nothing can be stored. */
class RedisUnreachableError extends Error {
  override readonly name = 'RedisUnreachableError'
}

/** Creates an API key in the installation that the settings name. Throws if Redis cannot be reached. */
export async function createKey(settings: ApiSettings, role: ApiRole): Promise<CreatedApiKey> {
  const redis = connectRedis(settings.SLUICE_REDIS_URL, { failFast: true, connectionName: 'sluice-create-key' })
  let lastError: Error | undefined
  redis.on('error', (error: Error) => (lastError = error))
  const quotas = { maxApiKeys: settings.SLUICE_MAX_API_KEYS, maxAuditEntries: settings.SLUICE_AUDIT_MAX_ENTRIES }
  const engine = createEngine({ redis, prefix: settings.SLUICE_KEY_PREFIX, quotas })
  try {
    const created = await createApiKey(engine, { name: `${role}, by ${CREATE_KEY}`, role }, 'command')
    await auditNewKey(engine, 'command', created.apiKey.id)
    return created
  } catch (error) {
    throw lastError === undefined ? error : new RedisUnreachableError(`Redis cannot be reached: ${lastError.message}`)
  } finally {
    await closeEngine(engine)
    redis.disconnect()
  }
}
