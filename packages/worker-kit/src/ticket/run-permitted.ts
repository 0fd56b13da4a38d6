import type { LeasedTask, Outcome } from '@sluice/engine'
import { NonRetryableError } from '../errors.ts'
import { LimitReport } from '../limit/limit-report.ts'
import type { Limiter } from '../limit/limiter.ts'
import type { PermitDecision } from '../limit/permit.ts'
import { reportCall } from '../limit/report-call.ts'
import type { WorkerScope } from '../worker-scope.ts'
import type { AttemptScope } from './attempt-context.ts'
import { notRun } from './attempt-outcome.ts'
import { runAttempt } from './run-attempt.ts'

/** A decision after which the task runs, or fails without running. */
export type FinalDecision = Exclude<PermitDecision, { kind: 'dropped' }>

/** Runs a leased task with its permit. The outcome is undefined if its attempt was aborted. */
export async function runPermitted(
  scope: WorkerScope,
  attemptScope: Omit<AttemptScope, 'report'>,
  { limiter, task, decision }: { limiter: Limiter; task: LeasedTask; decision: FinalDecision },
): Promise<Outcome | undefined> {
  if (decision.kind === 'impossible') {
    const error = new NonRetryableError(decision.reason, { failureClass: 'invalid' })
    return notRun(task, attemptScope.settings.retry, error)
  }
  const report = new LimitReport()
  const outcome = await runAttempt({ ...attemptScope, report }, task)
  await reportCall(scope, limiter, { permit: decision.permit, report, outcome })
  return outcome && leftToLimit(outcome)
}

/** The limit has been paused for all batches under it, so the batch itself needs no pause. */
function leftToLimit(outcome: Outcome): Outcome {
  return outcome.kind === 'completed' ? outcome : { ...outcome, isLimited: true }
}
