import type { Engine } from '../engine.ts'
import { ApiKeyNotFoundError, ExpiryPastError } from '../errors.ts'
import type { ApiKey, ApiKeyRecord, ApiKeySettings } from '../model/api-key.ts'
import { changeApiKeyScript } from '../scripts/change-api-key.ts'
import { sendSignal } from '../signals.ts'
import { findOrThrow, readApiKey } from './find-api-key.ts'

/**
 * A change of an API key, whose tenant never changes. What is undefined stays. Null for `queues` means all, and for
 * `expiresAt` never.
 */
export type ApiKeyChange = { [Name in keyof Omit<ApiKeySettings, 'tenant'>]?: ApiKeySettings[Name] | undefined }

/** Changes an API key. Throws `ApiKeyNotFoundError` and `ExpiryPastError`. */
export async function changeApiKey(engine: Engine, id: string, change: ApiKeyChange): Promise<ApiKey> {
  for (;;) {
    const { json, readAt } = await findOrThrow(engine, id)
    if (change.expiresAt && change.expiresAt.getTime() <= readAt) throw new ExpiryPastError(change.expiresAt)
    const record = applyChange(JSON.parse(json) as ApiKeyRecord, change)
    const request = { id, from: json, to: JSON.stringify(record) }
    const reply = await changeApiKeyScript.run(engine.redis, engine.keys.apiKeys, request)
    if (reply.kind === 'missing') throw new ApiKeyNotFoundError(id)
    // Somebody else has changed it meanwhile: the change is merged into that.
    if (reply.kind === 'stale') continue
    await sendSignal(engine, { kind: 'api_key', id })
    return await readApiKey(engine, id)
  }
}

/**
 * Deletes an API key. Processes that listen refuse it as soon as they receive the signal, and the others within the time
 * for which they keep what they have read. Throws `ApiKeyNotFoundError`.
 */
export async function deleteApiKey(engine: Engine, id: string): Promise<void> {
  const request = { id, from: undefined, to: undefined }
  const reply = await changeApiKeyScript.run(engine.redis, engine.keys.apiKeys, request)
  if (reply.kind === 'missing') throw new ApiKeyNotFoundError(id)
  await sendSignal(engine, { kind: 'api_key', id })
}

function applyChange(record: ApiKeyRecord, { name, role, queues, expiresAt }: ApiKeyChange): ApiKeyRecord {
  return {
    ...record,
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
    ...(queues !== undefined && { queues }),
    ...(expiresAt !== undefined && { expiresAt: expiresAt?.getTime() ?? null }),
  }
}
