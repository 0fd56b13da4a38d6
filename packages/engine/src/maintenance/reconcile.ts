import { cancelBatch } from '../batch/cancel-batch.ts'
import { checkBatch } from '../batch/check-batch.ts'
import { discardDraft, isPublished, publishDraft } from '../batch/drafts.ts'
import { eraseBatch, markErased } from '../batch/erase-batch.ts'
import { indexBatch } from '../batch/index-batch.ts'
import { sealBatch } from '../batch/seal-batch.ts'
import type { Engine } from '../engine.ts'
import { releaseOrphanedJobs } from '../heartbeat/release-jobs.ts'
import type { BatchState } from '../model/batch.ts'
import { redisNow } from '../redis-now.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { addRepairs, type ReconcileCounts, type Repairs } from './repairs.ts'
import { visitAll, visitUntil, type OnSkipped } from './visit-index.ts'

/** Options of a pass of the reconciler. */
export interface ReconcileOptions {
  /** Receives the batches that the pass skipped. Default: they are not reported. */
  onSkipped?: OnSkipped
}

/** The age at which a draft counts as left behind by a process that died. */
const DRAFT_MAX_MS = 60_000

/**
 * Makes one pass over everything that a crash may have left half done, and returns counts of the repairs. One worker at
 * a time runs a pass every 15 seconds; concurrent passes are safe. A pass reads the indexes in pages.
 */
export async function reconcile(
  engine: Engine,
  { onSkipped = () => {} }: ReconcileOptions = {},
): Promise<ReconcileCounts> {
  const now = await redisNow(engine)
  const { keys, quotas } = engine
  const drafts = { until: now - DRAFT_MAX_MS, onSkipped, visit: (id: string) => settleDraft(engine, id) }
  const expired = { until: now - quotas.retentionMs, onSkipped, visit: (id: string) => expireBatch(engine, id) }
  const unfinished = (state: BatchState) =>
    visitAll(engine, keys.batchesInState(state), {
      onSkipped,
      visit: (id) => reconcileUnfinished(engine, id, { indexedAs: state, now }),
    })
  return addRepairs(
    { jobsReleased: await releaseOrphanedJobs(engine) },
    await visitUntil(engine, keys.drafts, drafts),
    await unfinished('active'),
    await unfinished('interrupted'),
    await visitUntil(engine, keys.finished, expired),
  )
}

/** Settles a draft whose process died: finishes its publication if it is visible, otherwise discards it. */
async function settleDraft(engine: Engine, id: string): Promise<Repairs> {
  if (await isPublished(engine, id)) {
    await publishDraft(engine, id)
    return { batchesIndexed: 1 }
  }
  await discardDraft(engine, id)
  return { draftsDiscarded: 1 }
}

async function reconcileUnfinished(
  engine: Engine,
  id: string,
  { indexedAs, now }: { indexedAs: BatchState; now: number },
): Promise<Repairs> {
  const fields = await engine.redis.hmget(engine.keys.batch(id).meta, 'state', 'sealed', 'created_at', 'deleting')
  const [state, sealed, createdAt, deleting] = fields
  if (!state || deleting) return await finishErasing(engine, id)
  if (state === 'cancelled') await cancelBatch(engine, id)
  if (state !== indexedAs) await indexBatch(engine, id, state as BatchState)
  const isOverdue = sealed !== '1' && now - Number(createdAt) > engine.quotas.unsealedExpiryMs
  if (isOverdue) await sealBatch(engine, id)
  return {
    batchesIndexed: state === indexedAs ? 0 : 1,
    batchesSealed: isOverdue ? 1 : 0,
    batchesInterrupted: state === 'active' && (await checkBatch(engine, id)) ? 1 : 0,
    ticketsIssued: await issueTickets(engine, id),
  }
}

/** Erases a batch after its retention. A batch that is no longer finished only loses its entry in `finished`. */
async function expireBatch(engine: Engine, id: string): Promise<Repairs> {
  const { redis, keys } = engine
  const [state, deleting] = await redis.hmget(keys.batch(id).meta, 'state', 'deleting')
  if (!state || deleting) return await finishErasing(engine, id)
  if (state !== 'completed' && state !== 'cancelled') {
    await redis.zrem(keys.finished, id)
    return {}
  }
  await markErased(engine, id)
  return await finishErasing(engine, id)
}

async function finishErasing(engine: Engine, id: string): Promise<Repairs> {
  await eraseBatch(engine, id)
  return { batchesDeleted: 1 }
}
