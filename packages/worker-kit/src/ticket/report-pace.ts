import type { PaceChange } from '@sluice/engine'
import type { Logger } from '../handler.ts'

/** The upstream refuses the calls of a batch (`paused`), refuses them again, or accepts them again (`reopened`). */
export interface PaceEvent {
  kind: 'pace'
  change: 'paused' | 'paused_again' | 'reopened'
}

/** Where changes of the pace of batches are reported to. */
export interface PaceReports {
  log: Logger
  observe: (event: PaceEvent) => void
}

/** Reports to log and metrics that the upstream refuses the calls of a batch, or accepts them again. */
export function reportPace({ log, observe }: PaceReports, batchId: string, change: PaceChange): void {
  observe({ kind: 'pace', change: change.kind === 'paused' && !change.isFirst ? 'paused_again' : change.kind })
  if (change.kind === 'paused') {
    const fields = { batch: batchId, pauseMs: change.pauseMs }
    log[change.isFirst ? 'warn' : 'debug'](fields, 'the upstream refuses calls; the batch pauses, then one task probes')
  } else {
    const fields = { batch: batchId, startsPerSecond: change.startsPerSecond }
    log[change.isFirst ? 'info' : 'debug'](fields, 'the upstream accepts calls again; the batch starts them at a pace')
  }
}
