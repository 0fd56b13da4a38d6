import type { LeasedTask, Outcome, RunEnd, RunSettings, TurnReply } from '@sluice/engine'
import { persistently } from '../persistently.ts'
import type { WorkerScope } from '../worker-scope.ts'
import type { AttemptScope } from './attempt-context.ts'
import type { BatchAverages } from './averages.ts'

/** Tasks leased in one turn. */
export interface Lease {
  batchId: string
  settings: RunSettings
  averages: BatchAverages
  tasks: LeasedTask[]
  /** The batch's version at the time of the turn. */
  version: number
}

/** The reply to a turn that leased tasks. */
export type RunReply = TurnReply & { kind: 'run' }

/** What is left of a lease whose tasks have run: outcomes that no turn has settled yet, or the end of the run. */
export interface EndedLease {
  readonly outcomes: readonly Outcome[]
  readonly runEnd: RunEnd | undefined
  /** What the ticket runs next, if it was leased while the last task ran. */
  readonly next?: RunReply | undefined
}

/** What all attempts of a lease share. */
export async function attemptScopeOf(
  { handlers, attempts, log, settings: cache }: WorkerScope,
  { batchId, settings }: Lease,
): Promise<Omit<AttemptScope, 'report'>> {
  const { queue } = settings
  const { http } = await persistently(`reading the settings of queue ${queue}`, log, () => cache.ofQueue(queue))
  return { batchId, settings, http, handlers, attempts, log }
}

/** Reports an attempt and learns its duration. `outcome` is undefined if the attempt was aborted. */
export function observeAttempt(
  scope: WorkerScope,
  { batchId, settings, averages }: Lease,
  { seq, attempt }: LeasedTask,
  outcome: Outcome | undefined,
): void {
  const { queue, type } = settings
  const durationMs = outcome?.durationMs ?? 0
  const failureClass = outcome === undefined || outcome.kind === 'completed' ? undefined : outcome.failureClass
  scope.observe({ kind: 'attempt', queue, type, outcome: outcome?.kind ?? 'aborted', failureClass, durationMs })
  if (outcome) averages.addTask(durationMs)
  if (outcome === undefined || failureClass === undefined) return
  scope.log.debug(
    { batchId, queue, seq, attempt, outcome: outcome.kind, failureClass, durationMs },
    'an attempt failed',
  )
}
