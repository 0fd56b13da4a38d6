import type { Engine } from '../engine.ts'
import { BatchNotFoundError, CodeTakenError, QueueUnknownError, QuotaReachedError } from '../errors.ts'
import { redisNow } from '../redis-now.ts'
import { indexKeys, type BatchDescription } from '../scripts/batch-description.ts'
import { describeBatchScript } from '../scripts/describe-batch.ts'
import { discardDraftScript } from '../scripts/discard-draft.ts'
import { extendDraftScript } from '../scripts/extend-draft.ts'
import { publishBatchScript } from '../scripts/publish-batch.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { applyConcurrency } from './apply-concurrency.ts'
import { eraseBatch } from './erase-batch.ts'

/*
 * A batch and its index entries lie in several hash slots, so no atomic step can create one. Its id is therefore
 * recorded as a draft first, and its process extends it every ten seconds. The reconciler discards a draft that was not
 * extended for a minute, because its process has died.
 */

/** The time without an extension after which a draft counts as left behind by a process that died, in ms. */
export const DRAFT_MAX_MS = 60_000

/**
 * The age up to which the first keys of a draft may be written, in ms. The difference covers the clocks of two nodes of a
 * Redis Cluster.
 */
const DRAFT_START_MS = 30_000

/** The time between two extensions of a draft, in ms. */
const EXTEND_EVERY_MS = 10_000

/** Records that a batch is being created. Returns the time until which its first keys may be written. */
export async function startDraft(engine: Engine, id: string): Promise<number> {
  const now = await redisNow(engine)
  await engine.redis.zadd(engine.keys.drafts, now, id)
  return now + DRAFT_START_MS
}

/**
 * Extends a draft until the returned function is called: its tasks may arrive as slowly as a client sends them. A failed
 * extension is not reported: `publishDraft` finds a draft that was discarded meanwhile.
 */
export function keepDraft({ redis, keys: { drafts } }: Engine, id: string): () => void {
  const timer = setInterval(
    () => void extendDraftScript.run(redis, { drafts }, { id }).catch(() => {}),
    EXTEND_EVERY_MS,
  )
  return () => clearInterval(timer)
}

/**
 * Makes a complete draft visible to clients and workers. Throws `BatchNotFoundError` if the draft was discarded,
 * `QueueUnknownError` if its queue was deleted meanwhile, `CodeTakenError` if another batch got its code, and
 * `QuotaReachedError` if its tenant would hold more than it may.
 */
export async function publishDraft(engine: Engine, id: string, code: string): Promise<void> {
  const reply = await describeBatchScript.run(engine.redis, engine.keys.batch(id), { release: '' })
  if (reply.kind === 'missing') throw new BatchNotFoundError(id)
  const { description } = reply
  const queueVersion = await publish(engine, id, code, description)
  // A change of the queue after this step finds the batch in the indexes.
  if (queueVersion > description.queueVersion) await applyConcurrency(engine, id, description.queue)
  // If this process dies before this step, the reconciler issues the tickets.
  await issueTickets(engine, id)
}

/** Returns the version of the queue's settings. */
async function publish(
  { redis, keys }: Engine,
  id: string,
  code: string,
  description: BatchDescription,
): Promise<number> {
  const { queues, drafts, codes, tenantQuotas: quotas } = keys
  const reply = await publishBatchScript.run(
    redis,
    { ...indexKeys(keys), queues, drafts, codes, quotas },
    { id, description, code, signals: keys.signals },
  )
  switch (reply.kind) {
    case 'published':
      return reply.queueVersion
    case 'lost':
      throw new BatchNotFoundError(id)
    case 'no_queue':
      throw new QueueUnknownError(description.queue)
    case 'code_taken':
      throw new CodeTakenError(code, reply.owner)
    case 'quota_reached':
      throw new QuotaReachedError(reply.name, reply.used, reply.max)
  }
}

/**
 * Erases a draft and all its data. Returns false, without effect, if the draft is published. Safe to repeat.
 *
 * The creating process may be slow rather than dead. After the first step it cannot publish the draft any more, and
 * after the third it can append no more tasks.
 */
export async function discardDraft(engine: Engine, id: string): Promise<boolean> {
  const { redis, keys } = engine
  await redis.zadd(keys.drafts, 'XX', 0, id)
  if ((await redis.zscore(keys.batches, id)) !== null) return false
  await discardDraftScript.run(redis, keys.batch(id), {})
  await eraseBatch(engine, id)
  return true
}
