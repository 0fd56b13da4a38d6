import type { Engine } from '../engine.ts'
import { redisNow } from '../redis-now.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { eraseBatch } from './erase-batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'

/*
 * A batch and its index entries lie in several hash slots, so no atomic step can create one. Its id is therefore
 * recorded as a draft first. The reconciler publishes or discards a draft that is older than a minute, because its
 * process has died.
 */

/** Records that a batch is being created. */
export async function startDraft(engine: Engine, id: string): Promise<void> {
  await engine.redis.zadd(engine.keys.drafts, await redisNow(engine), id)
}

/** Makes a complete draft visible to clients and workers. Safe to repeat. Throws `BatchNotFoundError`. */
export async function publishDraft(engine: Engine, id: string): Promise<void> {
  const { state } = await readBatch(engine, id)
  await indexBatch(engine, id, state)
  await engine.redis.zrem(engine.keys.drafts, id)
  await issueTickets(engine, id)
}

/** Returns true if a draft is already visible. Then only the remaining steps of its publication are missing. */
export async function isPublished({ redis, keys }: Engine, id: string): Promise<boolean> {
  const [state, deleting] = await redis.hmget(keys.batch(id).meta, 'state', 'deleting')
  return state !== null && deleting === null && (await redis.zscore(keys.batches, id)) !== null
}

/** Erases a draft and all its data. Safe to repeat. */
export async function discardDraft(engine: Engine, id: string): Promise<void> {
  // The creating process may be slow rather than dead. After this step it can append no more tasks.
  await engine.redis.hset(engine.keys.batch(id).meta, 'deleting', 1)
  await eraseBatch(engine, id)
  await engine.redis.zrem(engine.keys.drafts, id)
}
