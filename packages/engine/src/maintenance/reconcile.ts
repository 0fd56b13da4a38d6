import { discardDraft, DRAFT_MAX_MS } from '../batch/drafts.ts'
import type { Engine } from '../engine.ts'
import { releaseOrphanedJobs } from '../heartbeat/release-jobs.ts'
import type { UnfinishedTasks } from '../model/task-tally.ts'
import { redisNow } from '../redis-now.ts'
import { QueueVersions } from './queue-versions.ts'
import { expireBatch, reconcileBatch } from './reconcile-batch.ts'
import { reconcileBulk } from './reconcile-bulk.ts'
import { reconcileDetections } from './reconcile-detections.ts'
import { reconcileLimits } from './reconcile-limits.ts'
import { reconcileQueues } from './reconcile-queues.ts'
import { addRepairs, type ReconcileCounts, type Repairs } from './repairs.ts'
import { visitAll, visitUntil, type OnSkipped } from './visit-index.ts'

/** Options of a pass of the reconciler. */
export interface ReconcileOptions {
  /** Receives the batches that the pass skipped. Default: they are not reported. */
  onSkipped?: OnSkipped
  /** Gets the unfinished tasks of active batches, by queue. Default: they are not counted. */
  tally?: Record<string, UnfinishedTasks>
}

/**
 * Makes one pass over everything that a crash may have left half done, and returns counts of the repairs. One worker at
 * a time runs a pass every 15 seconds; concurrent passes are safe. A pass reads the indexes in pages.
 */
export async function reconcile(
  engine: Engine,
  { onSkipped = () => {}, tally = {} }: ReconcileOptions = {},
): Promise<ReconcileCounts> {
  const now = await redisNow(engine)
  await reconcileBulk(engine, now)
  const { keys, quotas } = engine
  const drafts = { until: now - DRAFT_MAX_MS, onSkipped, visit: (id: string) => settleDraft(engine, id) }
  const finishedBefore = now - quotas.retentionMs
  const expired = { until: finishedBefore, onSkipped, visit: (id: string) => expireBatch(engine, id, finishedBefore) }
  const pass = { now, queues: new QueueVersions(engine), tally }
  const unsettled = { onSkipped, visit: (id: string) => reconcileBatch(engine, id, pass) }
  return addRepairs(
    { jobsReleased: await releaseOrphanedJobs(engine) },
    await visitUntil(engine, keys.drafts, drafts),
    await reconcileLimits(engine, now),
    await reconcileQueues(engine, now),
    await reconcileDetections(engine, now),
    await visitAll(engine, keys.unsettled, unsettled),
    await visitUntil(engine, keys.finished, expired),
  )
}

/** Discards a draft whose process died. */
async function settleDraft(engine: Engine, id: string): Promise<Repairs> {
  return { draftsDiscarded: (await discardDraft(engine, id)) ? 1 : 0 }
}
