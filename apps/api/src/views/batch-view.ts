import type { BatchView } from '@sluice/contracts'
import type { Batch } from '@sluice/engine'
import { interruptionView } from './interruption-view.ts'
import { limitWaitView } from './limit-view.ts'
import { isoOrNull } from './iso-or-null.ts'

/** A batch as the API shows it. */
export function batchView(batch: Batch): BatchView {
  return {
    id: batch.id,
    code: batch.code,
    queue: batch.queue,
    type: batch.type,
    state: batch.state,
    sealed: batch.sealed,
    counts: batch.counts,
    metadata: batch.metadata,
    concurrency: batch.concurrency,
    priority: batch.priority,
    retry: batch.retry,
    attemptTimeoutMs: batch.attemptTimeoutMs,
    interruptionCriteria: batch.interruptionCriteria as BatchView['interruptionCriteria'],
    headroom: batch.headroom,
    lastInterruption: batch.lastInterruption && interruptionView(batch.lastInterruption),
    createdAt: batch.createdAt.toISOString(),
    startedAt: isoOrNull(batch.startedAt),
    finishedAt: isoOrNull(batch.finishedAt),
    pausedUntil: isoOrNull(batch.pausedUntil),
    nextDueAt: isoOrNull(batch.nextDueAt),
    limitWait: batch.limitWait && limitWaitView(batch.limitWait),
    percent: batch.percent,
    ratePerSecond: batch.ratePerSecond,
    etaMs: batch.etaMs,
  }
}
