import type { LeasedTask, Outcome } from '@sluice/engine'
import { NonRetryableError } from '../errors.ts'
import { notRun } from './attempt-outcome.ts'
import { runAttempt, type AttemptScope } from './run-attempt.ts'
import type { WorkerScope } from '../worker-scope.ts'
import { LimitReport } from '../limit/limit-report.ts'
import type { Limiter } from '../limit/limiter.ts'
import { reportCall } from '../limit/report-call.ts'
import { taskWeights } from '../limit/task-weights.ts'

export type PermittedRun =
  /** The task ran, or failed without running. The outcome is undefined if its attempt was aborted. */
  | { hasRun: true; outcome: Outcome | undefined }
  /** The task did not run. The ticket asks again after `restMs`. */
  | { hasRun: false; restMs: number }

/** Waits for the permit of a leased task and runs the task. Aborting the signal ends the wait, not the attempt. */
export async function runPermitted(
  scope: WorkerScope,
  attemptScope: Omit<AttemptScope, 'report'>,
  { limiter, task, signal }: { limiter: Limiter; task: LeasedTask; signal: AbortSignal },
): Promise<PermittedRun> {
  const decision = await limiter.acquire(taskWeights(task.envelope), signal)
  if (decision.kind === 'dropped') return { hasRun: false, restMs: 0 }
  if (decision.kind === 'refused') return { hasRun: false, restMs: decision.restMs }
  if (decision.kind === 'impossible') {
    const error = new NonRetryableError(decision.reason, { failureClass: 'invalid' })
    return { hasRun: true, outcome: notRun(task, attemptScope.settings.retry, error) }
  }
  const report = new LimitReport()
  const outcome = await runAttempt({ ...attemptScope, report }, task)
  await reportCall(scope, limiter, { permit: decision.permit, report, outcome })
  return { hasRun: true, outcome: outcome && withoutBatchPause(outcome) }
}

/** The limit has been paused for all batches under it, so the batch itself needs no pause. */
function withoutBatchPause(outcome: Outcome): Outcome {
  return outcome.kind === 'completed' ? outcome : { ...outcome, pauseMs: 0 }
}
