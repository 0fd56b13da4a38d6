import { removeBatch, removeFinishedBatch } from '../batch/delete-batch.ts'
import { cancelBatch } from '../batch/cancel-batch.ts'
import { discardDraft, isPublished, publishDraft } from '../batch/drafts.ts'
import { checkBatch } from '../batch/check-batch.ts'
import { fileBatch } from '../batch/index-batch.ts'
import { sealBatch } from '../batch/seal-batch.ts'
import type { BatchState } from '../model/batch.ts'
import type { Engine } from '../engine.ts'
import { SluiceError } from '../errors.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'

/** What one pass put right. All zero when there was nothing to do. */
export interface ReconcileCounts {
  /** Tickets that active batches should have had and had not. */
  ticketsIssued: number
  /** Batches that an index had in the wrong place. */
  batchesFiled: number
  /** Drafts of processes that died while they created a batch. */
  draftsDiscarded: number
  /** Batches sealed because nobody did within the time allowed. */
  batchesSealed: number
  /** Batches whose runtime limit had passed unnoticed. */
  batchesInterrupted: number
  /** Finished batches removed because their time was up, or whose removal had been cut short. */
  batchesRemoved: number
}

/** A creation that takes longer than this has died with its process. */
const DRAFT_MAX_MS = 60_000

/**
 * One pass over everything that a crash may have left half done. Workers run it every fifteen seconds, one of them at
 * a time; running it twice at once does no harm.
 */
export async function reconcile(engine: Engine, now = Date.now()): Promise<ReconcileCounts> {
  const counts: ReconcileCounts = {
    ticketsIssued: 0,
    batchesFiled: 0,
    draftsDiscarded: 0,
    batchesSealed: 0,
    batchesInterrupted: 0,
    batchesRemoved: 0,
  }
  await settleDrafts(engine, now, counts)
  for (const state of ['active', 'interrupted'] as const) {
    const ids = await engine.redis.zrange(engine.keys.batchesInState(state), '0', '-1')
    await visitAll(ids, (id) => reconcileUnfinished(engine, id, state, now, counts))
  }
  await removeExpired(engine, now, counts)
  return counts
}

async function settleDrafts(engine: Engine, now: number, counts: ReconcileCounts): Promise<void> {
  const abandoned = await engine.redis.zrangebyscore(engine.keys.drafts, '-inf', now - DRAFT_MAX_MS)
  await visitAll(abandoned, async (id) => {
    if (await isPublished(engine, id)) {
      await publishDraft(engine, id)
      counts.batchesFiled += 1
    } else {
      await discardDraft(engine, id)
      counts.draftsDiscarded += 1
    }
  })
}

async function reconcileUnfinished(
  engine: Engine,
  id: string,
  filedAs: BatchState,
  now: number,
  counts: ReconcileCounts,
): Promise<void> {
  const fields = await engine.redis.hmget(engine.keys.batch(id).meta, 'state', 'sealed', 'created_at', 'deleting')
  const [state, sealed, createdAt, deleting] = fields
  if (!state || deleting) return await finishRemoval(engine, id, counts)
  if (state === 'cancelled') await cancelBatch(engine, id)
  if (state !== filedAs) {
    await fileBatch(engine, id, state as BatchState)
    counts.batchesFiled += 1
  }
  if (sealed !== '1' && now - Number(createdAt) > engine.limits.unsealedExpiryMs) {
    await sealBatch(engine, id)
    counts.batchesSealed += 1
  }
  if (state === 'active' && (await checkBatch(engine, id))) counts.batchesInterrupted += 1
  counts.ticketsIssued += await issueTickets(engine, id)
}

async function finishRemoval(engine: Engine, id: string, counts: ReconcileCounts): Promise<void> {
  await removeBatch(engine, id)
  counts.batchesRemoved += 1
}

async function removeExpired(engine: Engine, now: number, counts: ReconcileCounts): Promise<void> {
  const { redis, keys, limits } = engine
  const expired = await redis.zrangebyscore(keys.finished, '-inf', now - limits.retentionMs)
  await visitAll(expired, async (id) => {
    const [state, deleting] = await redis.hmget(keys.batch(id).meta, 'state', 'deleting')
    if (!state || deleting) await finishRemoval(engine, id, counts)
    else if (state === 'completed' || state === 'cancelled') await removeFinished(engine, id, counts)
    else await redis.zrem(keys.finished, id)
  })
}

async function removeFinished(engine: Engine, id: string, counts: ReconcileCounts): Promise<void> {
  await removeFinishedBatch(engine, id)
  counts.batchesRemoved += 1
}

/** A batch that somebody removes, or whose state somebody changes, while it is visited is not ours to mend. */
async function visitAll(ids: readonly string[], visit: (id: string) => Promise<void>): Promise<void> {
  for (const id of ids) {
    try {
      await visit(id)
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
    }
  }
}
