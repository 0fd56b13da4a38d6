import type { Engine } from '../engine.ts'
import { ApiKeyExpiredError, TooManyApiKeysError } from '../errors.ts'
import { type ApiKeyRecord, showApiKey } from '../model/api-key.ts'
import { hashSecret, newApiKeyText, writeApiKey } from '../model/api-key-text.ts'
import { addApiKeyScript } from '../scripts/add-api-key.ts'
import { sendSignal } from '../signals.ts'
import type { CreatedApiKey } from './create-api-key.ts'
import { findOrThrow } from './find-api-key.ts'

/**
 * Creates an API key with the settings of another one, which expires after a grace period: never later than it would
 * have. Throws `ApiKeyNotFoundError`, `ApiKeyExpiredError` and `TooManyApiKeysError`.
 *
 * @param graceMs how long the old key still works, in ms. 0: not at all.
 */
export async function rerollApiKey(
  engine: Engine,
  id: string,
  { graceMs, createdBy }: { graceMs: number; createdBy: string },
): Promise<CreatedApiKey> {
  const { maxApiKeys: maxKeys } = engine.quotas
  for (;;) {
    const { json, readAt } = await findOrThrow(engine, id)
    const old = JSON.parse(json) as ApiKeyRecord
    if (old.expiresAt !== null && old.expiresAt <= readAt) throw new ApiKeyExpiredError(id, new Date(old.expiresAt))
    const text = newApiKeyText()
    const successor = {
      ...old,
      id: text.id,
      hash: hashSecret(text.secret),
      createdAt: readAt,
      createdBy,
      replacedBy: null,
    }
    const expiresAt = Math.min(old.expiresAt ?? Number.POSITIVE_INFINITY, readAt + graceMs)
    const to = JSON.stringify({ ...old, expiresAt, replacedBy: text.id })
    const reply = await addApiKeyScript.run(engine.redis, engine.keys.apiKeys, {
      id: text.id,
      json: JSON.stringify(successor),
      maxKeys,
      replaced: { id, from: json, to },
    })
    if (reply.kind === 'full') throw new TooManyApiKeysError(maxKeys)
    // Somebody else has changed it meanwhile.
    if (reply.kind !== 'added') continue
    await sendSignal(engine, { kind: 'api_key', id })
    return { apiKey: showApiKey(successor, null), text: writeApiKey(text) }
  }
}
