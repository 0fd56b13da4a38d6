import type { Engine } from '../engine.ts'
import { LimitInUseError, LimitNotFoundError } from '../errors.ts'
import { findQueueSettings, listQueueNames } from '../settings/queue-settings.ts'

/**
 * Deletes a limit. Throws `LimitNotFoundError`, and `LimitInUseError` while a queue names it.
 *
 * `putQueue` may name the limit at the same time. Therefore this function deletes the settings first and then looks for
 * queues that name the limit, while `putQueue` names the limit first and then checks that it exists: at least one of
 * the two detects the other. Meanwhile no task starts under the limit.
 */
export async function deleteLimit(engine: Engine, name: string): Promise<void> {
  const { redis, keys } = engine
  const { settings, ledger } = keys.limit(name)
  const fields = await redis.hgetall(settings)
  if (fields['settings'] === undefined) throw new LimitNotFoundError(name)
  await redis.del(settings)
  const queue = await findQueueUnder(engine, name)
  if (queue !== undefined) {
    await redis.hset(settings, fields)
    throw new LimitInUseError(name, queue)
  }
  await redis.del(ledger)
  await redis.srem(keys.limits, name)
}

/** Returns a queue that names the limit, or undefined. */
async function findQueueUnder(engine: Engine, limit: string): Promise<string | undefined> {
  for (const queue of await listQueueNames(engine)) {
    if ((await findQueueSettings(engine, queue))?.limit === limit) return queue
  }
  return undefined
}
