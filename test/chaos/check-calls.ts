import type { TaskResultView } from '../../packages/contracts/src/index.ts'
import { complain } from './complain.ts'
import type { BatchRecord, SentBatch } from './sent-batch.ts'
import type { Call, Upstream } from './upstream.ts'

/** Compares what is recorded of a batch with the calls that the upstream saw. */
export function checkCalls(
  batch: SentBatch,
  { results }: BatchRecord,
  upstream: Upstream,
  isLossless: boolean,
): string[] {
  return results.flatMap((task) => {
    const calls = upstream.callsOf(batch.name, task.seq)
    const problems = [
      ...checkResult(task, calls),
      ...(isLossless && !batch.isRetried && !batch.mayBeLimited ? checkAttempts(task, calls) : []),
      ...(batch.isExact ? checkExact(task, calls) : []),
    ]
    return problems.map(
      (problem) => `task ${task.seq} ${problem}; attempts ${task.attempts}, calls ${JSON.stringify(calls)}`,
    )
  })
}

/** A result is one that the upstream gave for this task, and an error is one that it answered. */
function checkResult({ state, result, error }: TaskResultView, calls: readonly Call[]): string[] {
  const token = (result as { body?: { token?: string } } | null)?.body?.token
  const isGiven = calls.some((call) => call.status === 200 && call.token === token)
  const isAnswered = error?.status === undefined || calls.some(({ status }) => status === error.status)
  return [
    ...complain(
      state === 'completed' && !isGiven,
      `has a result that the upstream did not give: ${JSON.stringify(result)}`,
    ),
    ...complain(
      state === 'failed' && !isAnswered,
      `has an error that the upstream did not answer: ${JSON.stringify(error)}`,
    ),
  ]
}

/**
 * An answered call spends an attempt, also if its worker dies. Exempt are those that the upstream asked to postpone, and
 * those that were aborted: of cancelled tasks.
 */
function checkAttempts({ state, attempts }: TaskResultView, calls: readonly Call[]): string[] {
  const answered = calls.filter(({ status }) => status !== undefined && status !== 429).length
  return complain(state !== 'cancelled' && answered > attempts, 'was called more often than it has attempts')
}

/** While nothing that runs tasks fails, each is called once. */
function checkExact({ state, attempts }: TaskResultView, calls: readonly Call[]): string[] {
  return complain(
    state !== 'completed' || attempts !== 1 || calls.length !== 1,
    `is ${state}, and needed just one call`,
  )
}
