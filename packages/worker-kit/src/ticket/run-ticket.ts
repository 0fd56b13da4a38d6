import type { LeasedTask, Outcome, RunEnd, RunSettings, TicketRun } from '@sluice/engine'
import { LimitReport } from '../limit/limit-report.ts'
import type { Limiter } from '../limit/limiter.ts'
import { taskWeights } from '../limit/task-weights.ts'
import type { WorkerScope } from '../worker-scope.ts'
import type { BatchAverages } from './averages.ts'
import { persistently } from '../persistently.ts'
import { runAttempt, type AttemptScope } from './run-attempt.ts'
import { runPermitted } from './run-permitted.ts'
import { nextSliceSize } from './slice-size.ts'
import { Slice } from './slice.ts'
import { TurnTaker } from './turn-taker.ts'
import { waitForAdmission, waitForLimit } from './wait-for-limit.ts'

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
  let admission: Limiter | undefined
  for (;;) {
    const limiter = await limiterOf(scope, queue)
    const mustEnd = scope.isStopping() || (await mustGiveWay(scope, run, startedAt, limiter))
    admission = mustEnd ? leave(admission) : admit(admission, limiter)
    const mayLease = !mustEnd && admission === limiter
    // Under a limit every task waits for its own permit, and no task may wait behind another one of its slice.
    const want = limiter ? 1 : nextSliceSize(averages.lastSliceSize, averages.taskMs, scope.averages.turnMs)
    const lingerMs = mustEnd ? 0 : lingerMsOf(outcomes, averages)
    const reply = await turns.take({ intent: mayLease ? 'lease' : 'release', want, outcomes, lingerMs })
    outcomes = []
    if (reply.kind !== 'run') {
      admission = leave(admission)
      const isParked = limiter !== undefined && !mustEnd && !mayLease && reply.kind === 'wait' && reply.waitMs === 0
      if (!isParked) return reply
      const wait = await waitForAdmission(scope, run, limiter)
      if (wait.kind === 'wanted') return { kind: 'limited', waitMs: 0 }
      if (wait.kind === 'done' && wait.value) admission = limiter
      continue
    }

    const { tasks, version } = reply
    const settings = await readBatchSettings(scope, batchId, version)
    if (!settings) {
      leave(admission)
      return { kind: 'missing' }
    }
    averages.lastSliceSize = want
    const lease = { batchId, settings, averages, tasks, version }
    const slice = limiter ? await runLimited(scope, turns, lease, limiter) : await runSlice(scope, turns, lease)
    admission = undefined
    if (slice.runEnd) return slice.runEnd
    outcomes = slice.outcomes
  }
}

/** Keeps an admission of this limit, or asks for one without waiting. An admission of another limit ends. */
function admit(admission: Limiter | undefined, limiter: Limiter | undefined): Limiter | undefined {
  if (admission === limiter) return admission
  leave(admission)
  return limiter?.admissions.tryAdmit() ? limiter : undefined
}

function leave(admission: Limiter | undefined): undefined {
  admission?.admissions.leave()
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
async function mustGiveWay(
  { demand }: WorkerScope,
  { queue }: TicketRun,
  startedAt: number,
  limiter: Limiter | undefined,
): Promise<boolean> {
  if (performance.now() - startedAt < QUANTUM_MS) return false
  return limiter ? await demand.isWantedFromWaiting(queue) : await demand.isWanted(queue)
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

/** Runs one task once it has its permit. If the wait is aborted, the task is released and the run ends. */
async function runLimited(scope: WorkerScope, turns: TurnTaker, lease: Lease, limiter: Limiter): Promise<EndedSlice> {
  const [task] = lease.tasks
  if (!task) return { outcomes: [], runEnd: undefined }
  const { batchId, version, settings } = lease
  const wait = await waitForLimit(scope, { batchId, version, queue: settings.queue }, async (signal) => {
    const decision = await limiter.acquire(taskWeights(task.envelope), signal)
    return { isOver: decision.kind !== 'dropped', value: decision }
  })
  if (wait.kind !== 'done' || wait.value.kind === 'dropped') return { outcomes: [], runEnd: await turns.release() }
  scope.demand.countStart(settings.queue)
  const attemptScope = await attemptScopeOf(scope, lease)
  const outcome = await runPermitted(scope, attemptScope, { limiter, task, decision: wait.value })
  observeAttempt(scope, lease, outcome)
  if (outcome) lease.averages.addTask(outcome.durationMs)
  return { outcomes: outcome ? [outcome] : [], runEnd: undefined }
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
