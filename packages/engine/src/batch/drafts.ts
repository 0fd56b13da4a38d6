import type { Engine } from '../engine.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { removeBatch } from './delete-batch.ts'
import { fileBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'

/*
 * A batch is made of keys in several slots, so creating one cannot be one atomic step. Its id is written down as a
 * draft first: whatever is found there later belongs to a process that died, and is taken back.
 */

/** Notes that a batch is being created. */
export async function startDraft(engine: Engine, id: string): Promise<void> {
  await engine.redis.zadd(engine.keys.drafts, Date.now(), id)
}

/** Makes a complete draft a batch that everybody sees and workers run. Safe to repeat. Throws `BatchNotFoundError`. */
export async function publishDraft(engine: Engine, id: string): Promise<void> {
  const { state } = await readBatch(engine, id)
  await fileBatch(engine, id, state)
  await engine.redis.zrem(engine.keys.drafts, id)
  await issueTickets(engine, id)
}

/** Whether a draft got so far that it can be seen: then it is a batch, and only its publication must be finished. */
export async function isPublished({ redis, keys }: Engine, id: string): Promise<boolean> {
  const [state, deleting] = await redis.hmget(keys.batch(id).meta, 'state', 'deleting')
  return state !== null && deleting === null && (await redis.zscore(keys.batches, id)) !== null
}

/** Takes back everything a draft has written. Safe to repeat. */
export async function discardDraft(engine: Engine, id: string): Promise<void> {
  // Its creator may be slow rather than dead: from here on nothing more is appended.
  await engine.redis.hset(engine.keys.batch(id).meta, 'deleting', 1)
  await removeBatch(engine, id)
  await engine.redis.zrem(engine.keys.drafts, id)
}
