import type { Engine } from '../engine.ts'

const READ_AT_ONCE = 500

/** Returns the ids of a queue's batches that are not finished. */
export async function activeBatchesOf(engine: Engine, queue: string): Promise<string[]> {
  const { redis, keys } = engine
  const found: string[] = []
  for (const state of ['active', 'interrupted']) {
    const index = keys.batchesInState(state)
    for (let first = 0; ; first += READ_AT_ONCE) {
      const ids = await redis.zrange(index, String(first), String(first + READ_AT_ONCE - 1))
      const queues = await Promise.all(ids.map((id) => redis.hget(keys.batch(id).meta, 'queue')))
      found.push(...ids.filter((_id, i) => queues[i] === queue))
      if (ids.length < READ_AT_ONCE) break
    }
  }
  return found
}
