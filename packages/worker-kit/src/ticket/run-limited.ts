import type { Limiter } from '../limit/limiter.ts'
import { taskWeights } from '../limit/task-weights.ts'
import type { WorkerScope } from '../worker-scope.ts'
import { attemptScopeOf, observeAttempt, type EndedLease, type Lease } from './lease.ts'
import { runPermitted } from './run-permitted.ts'
import type { TurnTaker } from './turn-taker.ts'
import { waitForLimit } from './wait-for-limit.ts'

/** Runs one task once it has its permit. If the wait is aborted, the task is released and the run ends. */
export async function runLimited(
  scope: WorkerScope,
  turns: TurnTaker,
  lease: Lease,
  limiter: Limiter,
): Promise<EndedLease> {
  const [task] = lease.tasks
  if (!task) return { outcomes: [], runEnd: undefined }
  const { batchId, version, settings } = lease
  // Before the wait: a call to Redis between a permit and its start could take seconds, and the start would be late.
  const attemptScope = await attemptScopeOf(scope, lease)
  const waited = { batchId, version, queue: settings.queue, limit: limiter.name, kept: scope.waits }
  let marked: Promise<void> | undefined
  const announce = (isStarting: boolean) => {
    marked = turns.markStarted(isStarting)
  }
  const wait = await waitForLimit(scope, waited, async (signal) => {
    const decision = await limiter.acquire({ weights: taskWeights(task.envelope), signal, announce })
    return { isOver: decision.kind !== 'dropped', value: decision }
  })
  if (wait.kind !== 'done' || wait.value.kind === 'dropped') return { outcomes: [], runEnd: await turns.release() }
  await marked
  scope.demand.noteStart(settings.queue)
  const outcome = await runPermitted(scope, attemptScope, { limiter, task, decision: wait.value })
  observeAttempt(scope, lease, task, outcome)
  return { outcomes: outcome ? [outcome] : [], runEnd: undefined }
}
