import { hasTasksFor, type TicketRun } from '@sluice/engine'
import type { Limiter } from '../limit/limiter.ts'
import type { WorkerScope } from '../worker-scope.ts'
import { AttemptAbortedError, type Abortable, type Abortables } from './abortables.ts'

/** How often a waiting ticket asks whether its slot is wanted, and whether its queue still has the limit. */
const CHECK_EVERY_MS = 250

/**
 * How often a parked ticket looks whether its batch still has tasks for it: other workers may have run the last ones, and the
 * signal that the batch has stopped may have been lost. It takes a turn only if there are none. With a turn a minute
 * each, ten workers under a limit of 3 a minute would make at least three more calls for each start.
 */
const LOOK_EVERY_MS = 60_000

/**
 * How a wait ended: `done`, or aborted because the batch or the worker stopped, because the queue has another limit or none,
 * or because the slot is wanted.
 */
export type WaitEnd<T> = { kind: 'done'; value: T } | { kind: 'stopped' } | { kind: 'wanted' }

/** Waits until the limit admits the ticket, or until its batch has nothing more for its tickets. */
export async function waitForAdmission(
  scope: WorkerScope,
  run: TicketRun,
  limiter: Limiter,
): Promise<WaitEnd<boolean>> {
  const { batchId, queue } = run
  const wait = { batchId, queue, limit: limiter.name, kept: scope.parked }
  return await waitForLimit(scope, wait, async (signal) => {
    const look = new AbortController()
    const timer = setInterval(() => void endUnlessTasksWait(scope, run, look), LOOK_EVERY_MS)
    const isAdmitted = await limiter.admissions.admit(batchId, AbortSignal.any([signal, look.signal]))
    clearInterval(timer)
    return { isOver: isAdmitted || !signal.aborted, value: isAdmitted }
  })
}

async function endUnlessTasksWait({ engine }: WorkerScope, { batchId, ticket }: TicketRun, look: AbortController) {
  // If Redis cannot be reached, the next look finds out.
  if (!(await hasTasksFor(engine, batchId, ticket).catch(() => true))) look.abort()
}

/** Which wait it is; `version`: of the batch when its task was leased, if one was; `kept`: where it can be aborted. */
interface Wait {
  batchId: string
  queue: string
  limit: string
  version?: number
  kept: Abortables
}

/**
 * Runs a wait with a signal that is aborted when the batch or the worker stops, when the queue loses the limit, or when
 * something wants the slot.
 */
export async function waitForLimit<T>(
  scope: WorkerScope,
  wait: Wait,
  step: (signal: AbortSignal) => Promise<{ isOver: boolean; value: T }>,
): Promise<WaitEnd<T>> {
  const abortable = wait.kept.add(wait.batchId)
  if (hasStopped(scope, wait)) abortable.abort(new AttemptAbortedError('The batch or the worker has stopped.'))
  const demand = watchSlot(scope, wait, abortable)
  try {
    const { isOver, value } = await step(abortable.signal)
    if (isOver) return { kind: 'done', value }
    return { kind: demand.isWanted ? 'wanted' : 'stopped' }
  } finally {
    demand.stop()
    wait.kept.remove(abortable)
  }
}

function hasStopped({ isStopping, stopped }: WorkerScope, { batchId, version }: Wait): boolean {
  return isStopping() || (version !== undefined && stopped.hasStoppedSince(batchId, version))
}

/** Aborts a wait once its slot is wanted, or its queue has another limit or none. */
function watchSlot(
  scope: WorkerScope,
  wait: Wait,
  abortable: Abortable,
): { readonly isWanted: boolean; stop: () => void } {
  let isWanted = false
  let isOver = false
  const check = async () => {
    const hasLost = await hasOtherLimit(scope, wait)
    const wanted = !isOver && !hasLost && (await scope.demand.isWantedUnderLimit(wait.queue))
    if (isOver || abortable.signal.aborted) return
    if (hasLost) abortable.abort(new AttemptAbortedError('The queue has another limit.'))
    if (!wanted) return
    isWanted = true
    abortable.abort(new AttemptAbortedError('Another ticket wants the slot.'))
  }
  const timer = setInterval(() => void check(), CHECK_EVERY_MS)
  return {
    get isWanted() {
      return isWanted
    },
    stop: () => {
      isOver = true
      clearInterval(timer)
    },
  }
}

/**
 * Whether the queue has another limit than the one that is waited for, or none. A limit that was deleted since would
 * otherwise be waited for until the worker ends. The settings are cached, so this costs Redis nothing while they stay.
 */
async function hasOtherLimit({ settings }: WorkerScope, { queue, limit }: Wait): Promise<boolean> {
  try {
    return (await settings.ofQueue(queue)).limit !== limit
  } catch {
    // Redis cannot be reached. The next check finds out.
    return false
  }
}
