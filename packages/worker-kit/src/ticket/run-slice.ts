import { LimitReport } from '../limit/limit-report.ts'
import type { WorkerScope } from '../worker-scope.ts'
import { attemptScopeOf, observeAttempt, type EndedLease, type Lease } from './lease.ts'
import { runAttempt } from './run-attempt.ts'
import { Slice } from './slice.ts'
import type { TurnTaker } from './turn-taker.ts'

/** Runs the tasks of a slice one after another. The next turn releases the tasks for which the slice has no outcome. */
export async function runSlice(scope: WorkerScope, turns: TurnTaker, lease: Lease): Promise<EndedLease> {
  const { batchId, tasks, version } = lease
  const attemptScope = { ...(await attemptScopeOf(scope, lease)), report: new LimitReport() }
  const slice = new Slice(tasks.length, (intent, outcomes) => turns.take({ intent, want: 0, outcomes }))
  for (let i = 0; i < tasks.length; i += 1) {
    const task = tasks[i]
    if (!task) break
    if (slice.isTimeUp || scope.isStopping() || scope.stopped.hasStoppedSince(batchId, version)) break
    slice.startTask()
    const outcome = await runAttempt(attemptScope, task)
    const turn = slice.endTask(outcome)
    if (turn) await turn
    observeAttempt(scope, lease, task, outcome)
    if (!outcome || i + 1 === tasks.length) break
    // A failure is settled at once, so that the criteria judge the batch before its next task starts.
    if (outcome.kind !== 'completed') await slice.settle()
    if (slice.runEnd) break
  }
  slice.close()
  return slice
}
