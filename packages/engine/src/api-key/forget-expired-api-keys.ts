import type { Engine } from '../engine.ts'
import { EXPIRED_KEPT_MS } from '../model/api-key.ts'
import { redisNow } from '../redis-now.ts'
import { changeApiKeyScript } from '../scripts/change-api-key.ts'
import { findApiKey } from './find-api-key.ts'
import { readAllApiKeys } from './list-api-keys.ts'

/** Deletes API keys that expired more than 30 days ago, so that they do not take the place of others. */
export async function forgetExpiredApiKeys(engine: Engine): Promise<void> {
  const before = (await redisNow(engine)) - EXPIRED_KEPT_MS
  const expired = (await readAllApiKeys(engine)).filter(
    ({ expiresAt }) => expiresAt !== null && expiresAt.getTime() < before,
  )
  for (const { id } of expired) {
    const found = await findApiKey(engine, id)
    // An administrator may just have given it a later expiry.
    if (!found || (found.apiKey.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) >= before) continue
    await changeApiKeyScript.run(engine.redis, engine.keys.apiKeys, { id, from: found.json, to: undefined })
  }
}
