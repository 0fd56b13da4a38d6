import type { Engine } from '../engine.ts'
import { LimitInUseError, LimitNotFoundError } from '../errors.ts'
import { findQueueSettings, listQueueNames } from '../settings/queue-settings.ts'

/**
 * Removes a limit. Throws `LimitNotFoundError`, and `LimitInUseError` while a queue names it.
 *
 * A queue may come to name it at this very moment. So it is taken away first and then looked for, while `putQueue` first
 * names it and then looks whether it is there: at least one of the two sees the other. Meanwhile nothing starts.
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

/** A queue that names the limit, if there is one. */
async function findQueueUnder(engine: Engine, limit: string): Promise<string | undefined> {
  for (const queue of await listQueueNames(engine)) {
    if ((await findQueueSettings(engine, queue))?.limit === limit) return queue
  }
  return undefined
}
