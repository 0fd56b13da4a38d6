import type { ReportView } from '@sluice/contracts'
import type { BatchReport, LatestFailure } from '@sluice/engine'
import { interruptionView } from './batch-view.ts'

/** A report as the API answers it. */
export function reportView(report: BatchReport): ReportView {
  return {
    id: report.id,
    code: report.code,
    state: report.state,
    outcome: report.outcome,
    counts: report.counts,
    durationMs: report.durationMs,
    throughputPerSecond: report.throughputPerSecond,
    executionMs: report.executionMs,
    lifetimeMs: report.lifetimeMs,
    retries: report.retries,
    retriedTasks: report.retriedTasks,
    retriedCompleted: report.retriedCompleted,
    retriedFailed: report.retriedFailed,
    postponements: report.postponements,
    errors: report.errors as ReportView['errors'],
    latestFailures: report.latestFailures.map(latestFailureView),
    stuckAfterMs: report.stuckAfterMs,
    stuckTasks: report.stuckTasks,
    headroom: report.headroom,
    interruptions: report.interruptions.map(interruptionView),
  }
}

function latestFailureView({ at, ...failure }: LatestFailure): ReportView['latestFailures'][number] {
  return { at: at.toISOString(), ...failure } as ReportView['latestFailures'][number]
}
