import type { Engine } from '../engine.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { BatchState } from './batch.ts'
import { removeBatch } from './delete-batch.ts'
import { fileBatch } from './file-batch.ts'

/*
 * A batch is made of keys in several slots, so creating one cannot be one atomic step. Its id is written down as a
 * draft first: whatever is found there later belongs to a process that died, and is taken back.
 */

/** Notes that a batch is being created. */
export async function startDraft(engine: Engine, id: string): Promise<void> {
  await engine.redis.zadd(engine.keys.drafts, Date.now(), id)
}

/** Makes a complete draft a batch that everybody sees and workers run. */
export async function publishDraft(engine: Engine, id: string): Promise<void> {
  const { redis, keys } = engine
  const state = await redis.hget(keys.batch(id).meta, 'state')
  await fileBatch(engine, id, state as BatchState)
  await redis.zrem(keys.drafts, id)
  await issueTickets(engine, id)
}

/** Takes back everything a draft has written. Safe to repeat. */
export async function discardDraft(engine: Engine, id: string): Promise<void> {
  await removeBatch(engine, id)
  await engine.redis.zrem(engine.keys.drafts, id)
}
