import type { Engine } from '../engine.ts'
import { ExpiryPastError, TooManyApiKeysError } from '../errors.ts'
import type { ApiKey, ApiKeyRecord, ApiKeySettings } from '../model/api-key.ts'
import { showApiKey } from '../model/api-key.ts'
import { type ApiKeyText, hashSecret, newApiKeyText, writeApiKey } from '../model/api-key-text.ts'
import { addApiKeyScript } from '../scripts/add-api-key.ts'
import { readApiKeyScript } from '../scripts/read-api-key.ts'
import { forgetExpiredApiKeys } from './forget-expired-api-keys.ts'

/** A new API key and its text, which nothing shows again. */
export interface CreatedApiKey {
  apiKey: ApiKey
  text: string
}

/**
 * Creates an API key. Throws `TooManyApiKeysError` and `ExpiryPastError`.
 *
 * @param createdBy the id of the API key that creates it, or `anonymous` or `command`.
 */
export async function createApiKey(
  engine: Engine,
  settings: ApiKeySettings,
  createdBy: string,
): Promise<CreatedApiKey> {
  await forgetExpiredApiKeys(engine)
  const text = newApiKeyText()
  const record = await recordOf(engine, text, { settings, createdBy })
  const { maxApiKeys: maxKeys } = engine.quotas
  const request = { id: record.id, json: JSON.stringify(record), maxKeys, replaced: undefined }
  const reply = await addApiKeyScript.run(engine.redis, engine.keys.apiKeys, request)
  if (reply.kind === 'full') throw new TooManyApiKeysError(maxKeys)
  return { apiKey: showApiKey(record, null), text: writeApiKey(text) }
}

/**
 * Stores an API key of role `admin` whose text exists already, if the installation has no API key. Returns whether it
 * did. A key that was deleted therefore does not come back.
 */
export async function addFirstApiKey(engine: Engine, text: ApiKeyText): Promise<boolean> {
  const settings = { name: 'first key', role: 'admin' as const }
  const record = await recordOf(engine, text, { settings, createdBy: 'file' })
  const reply = await addApiKeyScript.run(engine.redis, engine.keys.apiKeys, {
    id: record.id,
    json: JSON.stringify(record),
    // It must be the only one.
    maxKeys: 1,
    replaced: undefined,
  })
  return reply.kind === 'added'
}

async function recordOf(
  { redis, keys }: Engine,
  { id, secret }: ApiKeyText,
  { settings, createdBy }: { settings: ApiKeySettings; createdBy: string },
): Promise<ApiKeyRecord> {
  const { now } = await readApiKeyScript.run(redis, keys.apiKeys, { id })
  const { name, role, tenant = null, queues = null, expiresAt = null } = settings
  if (expiresAt !== null && expiresAt.getTime() <= now) throw new ExpiryPastError(expiresAt)
  return {
    id,
    hash: hashSecret(secret),
    name,
    role,
    tenant,
    queues,
    createdAt: now,
    createdBy,
    expiresAt: expiresAt?.getTime() ?? null,
    replacedBy: null,
  }
}
