import type { LimitView, LimitWaitView } from '@sluice/contracts'
import type { Limit, LimitWait } from '@sluice/engine'

/** A limit as the API answers it. */
export function limitView(limit: Limit, now = Date.now()): LimitView {
  const { name, rules, burstFactor, adaptive, maxPauseMs, factor, pauses } = limit
  return {
    name,
    rules,
    burstFactor,
    adaptive,
    maxPauseMs,
    factor,
    nextStartAt: timeIn(limit.nextStartMs, now),
    pausedUntil: timeIn(limit.pausedMs, now),
    probing: limit.isProbing,
    pauses,
  }
}

/** What the tasks of a batch wait for, with a sentence that explains it. */
export function limitWaitView(wait: LimitWait, now = Date.now()): LimitWaitView {
  return {
    limit: wait.limit,
    nextStartAt: wait.isMissing ? null : new Date(now + wait.nextStartMs).toISOString(),
    message: messageOf(wait, now),
  }
}

function messageOf({ limit, nextStartMs, pausedMs, isProbing, isMissing }: LimitWait, now: number): string {
  if (isMissing) return `Limit ${limit}: it is being created. No task starts before that is done.`
  if (isProbing)
    return `Limit ${limit}: the upstream refuses calls. One call at a time probes whether it accepts them again.`
  if (pausedMs > 0) return `Limit ${limit}: paused by the upstream until ${new Date(now + pausedMs).toISOString()}.`
  return `Limit ${limit}: next start in ${(nextStartMs / 1000).toFixed(1)} s.`
}

function timeIn(ms: number, now: number): string | null {
  return ms > 0 ? new Date(now + ms).toISOString() : null
}
