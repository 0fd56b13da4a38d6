import type { LeasedTask, Outcome } from '@sluice/engine'
import { notRun } from '../ticket/attempt-outcome.ts'
import { NonRetryableError } from '../errors.ts'
import { runAttempt, type AttemptScope } from '../ticket/run-attempt.ts'
import type { TicketRunner } from '../ticket/run-ticket.ts'
import { LimitReport } from './limit-report.ts'
import type { Limiter } from './limiter.ts'
import { reportCall } from './report-call.ts'
import { taskWeights } from './task-weights.ts'

export type PermittedRun =
  /** The task was run; no outcome: its attempt was aborted. */
  | { hasRun: true; outcome: Outcome | undefined }
  /** It was not: the ticket asks again after so long. */
  | { hasRun: false; restMs: number }

/** Waits until a leased task may start under a limit, and runs it. Aborting the signal ends the wait, not the attempt. */
export async function runPermitted(
  runner: TicketRunner,
  scope: Omit<AttemptScope, 'report'>,
  { limiter, task, signal }: { limiter: Limiter; task: LeasedTask; signal: AbortSignal },
): Promise<PermittedRun> {
  const answer = await limiter.acquire(taskWeights(task.envelope), signal)
  if (answer.kind === 'dropped') return { hasRun: false, restMs: 0 }
  if (answer.kind === 'refused') return { hasRun: false, restMs: answer.restMs }
  if (answer.kind === 'impossible') {
    const error = new NonRetryableError(answer.reason, { failureClass: 'invalid' })
    return { hasRun: true, outcome: notRun(task, scope.settings.retry, error) }
  }
  const report = new LimitReport()
  const outcome = await runAttempt({ ...scope, report }, task)
  await reportCall(runner, limiter, { permit: answer.permit, report, outcome })
  return { hasRun: true, outcome: outcome && withoutBatchPause(outcome) }
}

/** The limit has been paused, for all batches under it. */
function withoutBatchPause(outcome: Outcome): Outcome {
  return outcome.kind === 'completed' ? outcome : { ...outcome, pauseMs: 0 }
}
