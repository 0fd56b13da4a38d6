import type { BatchReport } from '@sluice/client'

type Percentiles = BatchReport['executionMs']

/** Formats the report of a batch as text. */
export function describeReport(report: BatchReport): string {
  const { counts, durationMs, throughputPerSecond, retries, postponements } = report
  const lines = [
    `  state        ${report.state}`,
    `  tasks        ${counts.total}: ${counts.completed} completed, ${counts.failed} failed, ${counts.cancelled} cancelled`,
    `  time         ${(durationMs / 1000).toFixed(1)} s, ${throughputPerSecond} tasks/s`,
    `  per attempt  ${describePercentiles(report.executionMs)}`,
    `  per task     ${describePercentiles(report.lifetimeMs)}, from upload to completion`,
    `  retries      ${retries} after an error, ${postponements} postponed at the request of the upstream`,
    ...report.errors.map(
      ({ failureClass: kind, status, message, count }) =>
        `  ${String(count).padStart(6)} ×     ${kind}${status === null ? '' : ` ${status}`}: ${message}`,
    ),
  ]
  return lines.join('\n')
}

function describePercentiles({ p50, p90, p99, max }: Percentiles): string {
  return `p50 ${describeMs(p50)}, p90 ${describeMs(p90)}, p99 ${describeMs(p99)}, max ${describeMs(max)}`
}

function describeMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
