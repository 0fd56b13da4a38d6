import type { BatchView, InterruptionView } from '@sluice/contracts'
import { type Batch, DEFAULT_TENANT, type Interruption } from '@sluice/engine'
import { limitWaitView } from '../limits/limit-view.ts'
import { upstreamWaitView } from './upstream-wait-view.ts'
import { waitingView } from './waiting-view.ts'

/** A batch as the API answers it. */
export function batchView(batch: Batch): BatchView {
  return {
    id: batch.id,
    ...(batch.tenant !== DEFAULT_TENANT && { tenant: batch.tenant }),
    code: batch.code,
    queue: batch.queue,
    type: batch.type,
    state: batch.state,
    outcome: batch.outcome,
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
    startAt: batch.startAt?.toISOString() ?? null,
    startedAt: batch.startedAt?.toISOString() ?? null,
    finishedAt: batch.finishedAt?.toISOString() ?? null,
    pausedUntil: batch.pausedUntil?.toISOString() ?? null,
    nextDueAt: batch.nextDueAt?.toISOString() ?? null,
    limitWait: batch.limitWait && limitWaitView(batch.limitWait),
    upstreamWait: batch.upstreamWait && upstreamWaitView(batch.upstreamWait, batch.pausedUntil),
    waitingFor: waitingView(batch),
    percent: batch.percent,
    ratePerSecond: batch.ratePerSecond,
    etaMs: batch.etaMs,
  }
}

/** An interruption as the API answers it. */
export function interruptionView({ reason, message, value, threshold, at, counts }: Interruption): InterruptionView {
  return { reason, message, value, threshold, at: at.toISOString(), counts }
}
