import type { Engine } from '../engine.ts'
import { redisNow } from '../redis-now.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { eraseBatch } from './erase-batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'

/*
 * A batch consists of keys in several hash slots, so no atomic step can create one. Its id is recorded as a draft first:
 * a draft that is found there a minute later belongs to a process that died, and the reconciler settles it.
 */

/** Records that a batch is being created. */
export async function startDraft(engine: Engine, id: string): Promise<void> {
  await engine.redis.zadd(engine.keys.drafts, await redisNow(engine), id)
}

/** Makes a complete draft a batch that clients see and workers run. Safe to repeat. Throws `BatchNotFoundError`. */
export async function publishDraft(engine: Engine, id: string): Promise<void> {
  const { state } = await readBatch(engine, id)
  await indexBatch(engine, id, state)
  await engine.redis.zrem(engine.keys.drafts, id)
  await issueTickets(engine, id)
}

/** Whether a draft is visible: then it is a batch, and only the rest of its publication is missing. */
export async function isPublished({ redis, keys }: Engine, id: string): Promise<boolean> {
  const [state, deleting] = await redis.hmget(keys.batch(id).meta, 'state', 'deleting')
  return state !== null && deleting === null && (await redis.zscore(keys.batches, id)) !== null
}

/** Erases everything a draft has written. Safe to repeat. */
export async function discardDraft(engine: Engine, id: string): Promise<void> {
  // Its creator may be slow instead of dead: from here on it can append nothing more.
  await engine.redis.hset(engine.keys.batch(id).meta, 'deleting', 1)
  await eraseBatch(engine, id)
  await engine.redis.zrem(engine.keys.drafts, id)
}
