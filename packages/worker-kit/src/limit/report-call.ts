import { endProbe, pauseLimit, type LimitPause, type Outcome } from '@sluice/engine'
import { persistently } from '../ticket/persistently.ts'
import type { TicketRunner } from '../ticket/run-ticket.ts'
import type { LimitReport } from './limit-report.ts'
import type { Limiter } from './limiter.ts'
import type { Permit } from './permit.ts'

/** What is known of a call that a permit was used for. */
export interface EndedCall {
  permit: Permit
  report: LimitReport
  /** Undefined when the attempt was aborted. */
  outcome: Outcome | undefined
}

/** Tells the limit how a call ended: what it cost, whether the upstream wants a pause, what became of a probe. */
export async function reportCall(
  { engine, log, observe }: Pick<TicketRunner, 'engine' | 'log' | 'observe'>,
  limiter: Limiter,
  { permit, report, outcome }: EndedCall,
): Promise<void> {
  limiter.returns.correct(correctionsOf(permit, report))
  const pause = pauseAfter(permit, report, outcome)
  if (pause) {
    // The others must not go on while this one is only going to say so.
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

function correctionsOf({ bookedUs, weights }: Permit, { weights: real }: LimitReport) {
  return Object.entries(real).map(([unit, cost]) => ({ bookedUs, unit, change: cost - (weights[unit] ?? 0) }))
}

function pauseAfter({ epoch }: Permit, report: LimitReport, outcome: Outcome | undefined): LimitPause | undefined {
  if (outcome?.kind === 'postponed') return { cause: 'refused', retryAfterMs: outcome.pauseMs, epoch }
  return report.pauseMs > 0 ? { cause: 'exhausted', retryAfterMs: report.pauseMs, epoch } : undefined
}

/** Whether the upstream took the call, be it to refuse what it asked for. */
function hasArrived(outcome: Outcome | undefined): boolean {
  if (!outcome) return false
  return outcome.kind === 'completed' || !LOST_ON_THE_WAY.has(outcome.failureClass)
}

const LOST_ON_THE_WAY: ReadonlySet<string> = new Set(['network', 'timeout', 'overloaded'])
