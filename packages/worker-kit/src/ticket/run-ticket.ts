import type { LeasedTask, Outcome, RunEnd, RunSettings, TicketRun } from '@sluice/engine'
import { LimitReport } from '../limit/limit-report.ts'
import type { Limiter } from '../limit/limiter.ts'
import { runPermitted } from './run-permitted.ts'
import type { WorkerScope } from '../worker-scope.ts'
import { AttemptAbortedError } from './abortables.ts'
import type { BatchAverages } from './averages.ts'
import { persistently } from '../persistently.ts'
import { runAttempt, type AttemptScope } from './run-attempt.ts'
import { nextSliceSize } from './slice-size.ts'
import { Slice } from './slice.ts'
import { TurnTaker } from './turn-taker.ts'

/** A ticket gives way after this time if its slot is wanted, so that no batch starves another and no worker idles. */
const QUANTUM_MS = 250

/** Tasks leased in one turn. */
interface Lease {
  batchId: string
  settings: RunSettings
  averages: BatchAverages
  tasks: LeasedTask[]
  /** The batch's version at the time of the turn. */
  version: number
}

/** What is left of a slice that has ended. */
type EndedSlice = Pick<Slice, 'outcomes' | 'runEnd'>

/** Runs tasks of a batch, turn after turn, until the batch has none for the ticket or the ticket gives way. */
export async function runTicket(scope: WorkerScope, run: TicketRun): Promise<RunEnd> {
  const { batchId, queue } = run
  const turns = new TurnTaker(scope, run)
  const averages = scope.averages.ofBatch(batchId)
  const startedAt = performance.now()
  let outcomes: Outcome[] = []
  for (;;) {
    const mustEnd = scope.isStopping() || (await mustGiveWay(scope, queue, startedAt))
    const limiter = await limiterOf(scope, queue)
    // Under a limit every task waits for its own permit, and no task may wait behind another one of its slice.
    const want = limiter ? 1 : nextSliceSize(averages.lastSliceSize, averages.taskMs, scope.averages.turnMs)
    const lingerMs = mustEnd ? 0 : lingerMsOf(outcomes, averages)
    const reply = await turns.take({ intent: mustEnd ? 'release' : 'lease', want, outcomes, lingerMs })
    if (reply.kind !== 'run') return reply

    const { tasks, version } = reply
    const settings = await readBatchSettings(scope, batchId, version)
    if (!settings) return { kind: 'missing' }
    averages.lastSliceSize = want
    const lease = { batchId, settings, averages, tasks, version }
    const slice = limiter ? await runLimited(scope, turns, lease, limiter) : await runSlice(scope, turns, lease)
    if (slice.runEnd) return slice.runEnd
    outcomes = slice.outcomes
  }
}

/** Share of a task's time that its outcome may wait for others, and the most it may wait. */
const LINGER_SHARE = 0.01
const MAX_LINGER_MS = 50

/**
 * How long outcomes may wait so that outcomes of other tickets join them in one call, in ms. Failures do not wait: the
 * criteria must judge the batch before its next task starts.
 */
function lingerMsOf(outcomes: readonly Outcome[], { taskMs = 0 }: BatchAverages): number {
  if (outcomes.length === 0 || outcomes.some(({ kind }) => kind !== 'completed')) return 0
  return Math.min(taskMs * LINGER_SHARE, MAX_LINGER_MS)
}

/** A slot goes back only when something wants it: returning through BullMQ costs more than a turn. */
async function mustGiveWay({ demand }: WorkerScope, queue: string, startedAt: number): Promise<boolean> {
  return performance.now() - startedAt >= QUANTUM_MS && (await demand.isWanted(queue))
}

/** Runs the tasks of a slice one after another. The next turn releases the tasks for which the slice has no outcome. */
async function runSlice(scope: WorkerScope, turns: TurnTaker, lease: Lease): Promise<EndedSlice> {
  const { batchId, tasks, version, averages } = lease
  const attemptScope = { ...(await attemptScopeOf(scope, lease)), report: new LimitReport() }
  const slice = new Slice(tasks.length, (intent, outcomes) => turns.take({ intent, want: 0, outcomes }))
  for (const [i, task] of tasks.entries()) {
    if (slice.isTimeUp || scope.isStopping() || scope.stopped.hasStoppedSince(batchId, version)) break
    slice.startTask()
    const outcome = await runAttempt(attemptScope, task)
    const turn = slice.endTask(outcome)
    if (turn) await turn
    observeAttempt(scope, lease, outcome)
    if (outcome) averages.addTask(outcome.durationMs)
    if (!outcome || i + 1 === tasks.length) break
    // A failure is settled at once, so that the criteria judge the batch before its next task starts.
    if (outcome.kind !== 'completed') await slice.settle()
    if (slice.runEnd) break
  }
  slice.close()
  return slice
}

/** Runs one task once it has its permit. Without a permit the task is released, and the ticket asks again later. */
async function runLimited(scope: WorkerScope, turns: TurnTaker, lease: Lease, limiter: Limiter): Promise<EndedSlice> {
  const attemptScope = await attemptScopeOf(scope, lease)
  const [task] = lease.tasks
  if (!task) return { outcomes: [], runEnd: undefined }
  const run = await untilStopped(scope, lease, (signal) => runPermitted(scope, attemptScope, { limiter, task, signal }))
  if (!run.hasRun) return { outcomes: [], runEnd: await turns.release(run.restMs) }
  observeAttempt(scope, lease, run.outcome)
  return { outcomes: run.outcome ? [run.outcome] : [], runEnd: undefined }
}

/**
 * Runs a step with a signal that is aborted when the batch stops after the turn that leased its task, or the worker
 * stops.
 */
async function untilStopped<T>(
  { waits, stopped, isStopping }: WorkerScope,
  { batchId, version }: Lease,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const wait = waits.add(batchId)
  const hasStopped = isStopping() || stopped.hasStoppedSince(batchId, version)
  if (hasStopped) wait.abort(new AttemptAbortedError('The batch or the worker has stopped.'))
  try {
    return await step(wait.signal)
  } finally {
    waits.remove(wait)
  }
}

/** Persistent: if it failed, the leased tasks would wait for the ticket's next run, and each would lose an attempt. */
async function readBatchSettings(
  { settings, log }: WorkerScope,
  batchId: string,
  version: number,
): Promise<RunSettings | undefined> {
  return await persistently(`reading the settings of batch ${batchId}`, log, () => settings.ofBatch(batchId, version))
}

async function limiterOf({ settings, limiters, log }: WorkerScope, queue: string): Promise<Limiter | undefined> {
  const { limit } = await persistently(`reading the settings of queue ${queue}`, log, () => settings.ofQueue(queue))
  return limit === null ? undefined : limiters.open(limit)
}

async function attemptScopeOf(
  { handlers, attempts, log, settings: cache }: WorkerScope,
  { batchId, settings }: Lease,
): Promise<Omit<AttemptScope, 'report'>> {
  const { queue } = settings
  const { http } = await persistently(`reading the settings of queue ${queue}`, log, () => cache.ofQueue(queue))
  return { batchId, settings, http, handlers, attempts, log }
}

function observeAttempt(scope: WorkerScope, { settings }: Lease, outcome: Outcome | undefined): void {
  const { queue, type } = settings
  scope.observe({
    kind: 'attempt',
    queue,
    type,
    outcome: outcome?.kind ?? 'aborted',
    durationMs: outcome?.durationMs ?? 0,
  })
}
