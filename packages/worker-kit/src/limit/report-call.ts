import { endProbe, pauseLimit, type LimitPause, type Outcome, type PermitCorrection } from '@sluice/engine'
import { persistently } from '../persistently.ts'
import type { WorkerScope } from '../worker-scope.ts'
import type { LimitReport } from './limit-report.ts'
import type { Limiter } from './limiter.ts'
import type { Permit } from './permit.ts'

/** A call that was made with a permit and has ended. */
export interface EndedCall {
  permit: Permit
  report: LimitReport
  /** Undefined if the attempt was aborted. */
  outcome: Outcome | undefined
}

/** Reports to the limit how a call ended: what it weighed, whether the upstream wants a pause, how a probe went. */
export async function reportCall(
  { engine, log, observe }: Pick<WorkerScope, 'engine' | 'log' | 'observe'>,
  limiter: Limiter,
  { permit, report, outcome }: EndedCall,
): Promise<void> {
  limiter.settlements.correct(correctionsOf(permit, report))
  const pause = pauseAfter(permit, report, outcome)
  if (pause) {
    // Awaited, so that no other call starts before the pause is in effect.
    const durationMs = await persistently(`pausing limit ${limiter.name}`, log, () =>
      pauseLimit(engine, limiter.name, pause),
    )
    observe({ kind: 'pause', limit: limiter.name, cause: pause.cause, durationMs })
  }
  if (permit.isProbe && pause?.cause !== 'refused') {
    const result = hasArrived(outcome) ? 'passed' : 'unknown'
    const probe = { result, epoch: permit.epoch } as const
    await persistently(`reporting the probe of limit ${limiter.name}`, log, () => endProbe(engine, limiter.name, probe))
  }
}

function correctionsOf({ bookedUs, weights }: Permit, report: LimitReport): PermitCorrection[] {
  return Object.entries(report.weights).map(([unit, weight]) => ({
    bookedUs,
    unit,
    change: weight - (weights[unit] ?? 0),
  }))
}

/** The pause of the limit that a call calls for: the upstream refused it, or wants no other for a time. */
export function pauseAfter(
  { epoch }: Pick<Permit, 'epoch'>,
  report: LimitReport,
  outcome: Outcome | undefined,
): LimitPause | undefined {
  if (outcome?.kind === 'postponed') return { cause: 'refused', retryAfterMs: outcome.pauseMs, epoch }
  return report.pauseMs > 0 ? { cause: 'exhausted', retryAfterMs: report.pauseMs, epoch } : undefined
}

/** Whether the upstream received the call, even if it rejected it for another reason than its limits. */
function hasArrived(outcome: Outcome | undefined): boolean {
  if (!outcome) return false
  return outcome.kind === 'completed' || !NOT_ARRIVED.has(outcome.failureClass)
}

const NOT_ARRIVED: ReadonlySet<string> = new Set(['network', 'timeout', 'overloaded'])
