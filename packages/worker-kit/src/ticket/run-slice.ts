import type { LeasedTask, Outcome } from '@sluice/engine'
import { LimitReport } from '../limit/limit-report.ts'
import type { WorkerScope } from '../worker-scope.ts'
import { attemptScopeOf, observeAttempt, type EndedLease, type Lease } from './lease.ts'
import { runAttempt } from './run-attempt.ts'
import { Slice, type SliceTurns } from './slice.ts'

/** What a slice begins with: its lease, and outcomes of the slice before it that no turn has settled. */
export interface SliceStart {
  lease: Lease
  outcomes: readonly Outcome[]
}

/** Runs the tasks of a slice one after another. The next turn releases the tasks for which the slice has no outcome. */
export async function runSlice(
  scope: WorkerScope,
  turns: SliceTurns,
  { lease, outcomes }: SliceStart,
): Promise<EndedLease> {
  const { batchId, tasks, version } = lease
  const attemptScope = { ...(await attemptScopeOf(scope, lease)), report: new LimitReport() }
  const slice = new Slice(tasks.length, turns, outcomes)
  for (const [i, task] of tasks.entries()) {
    if (slice.isTimeUp || scope.isStopping() || scope.stopped.hasStoppedSince(batchId, version)) break
    slice.startTask()
    const running = runAttempt(attemptScope, task)
    if (i + 1 === tasks.length) slice.leaseAhead()
    // Handlers without a promise took a tenth more processor time when each of their attempts was awaited.
    const outcome = running instanceof Promise ? await running : running
    const turn = slice.endTask(outcome)
    if (turn) await turn
    observeAttempt(scope, lease, task, outcome)
    // A failure is settled at once, so that the criteria judge the batch before its next task starts.
    if (outcome && outcome.kind !== 'completed' && isFollowed(tasks, i, slice)) await slice.settle()
    if (!outcome || slice.runEnd) break
  }
  slice.close()
  return slice
}

function isFollowed(tasks: readonly LeasedTask[], i: number, { next }: Slice): boolean {
  return i + 1 < tasks.length || next !== undefined
}
