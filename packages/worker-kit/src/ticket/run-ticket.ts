import type { Outcome, RunEnd, RunSettings, TicketRun, Turn, TurnReply } from '@sluice/engine'
import type { Limiter } from '../limit/limiter.ts'
import { persistently } from '../persistently.ts'
import type { WorkerScope } from '../worker-scope.ts'
import type { BatchAverages } from './averages.ts'
import { runLimited } from './run-limited.ts'
import type { RunReply } from './lease.ts'
import { runSlice } from './run-slice.ts'
import type { SliceTurns } from './slice.ts'
import { nextSliceSize } from './slice-size.ts'
import { TurnTaker } from './turn-taker.ts'
import { waitForAdmission } from './wait-for-limit.ts'

/** A ticket gives way after this time if its slot is wanted, so that no batch starves another and no worker idles. */
const QUANTUM_MS = 250

/** Share of a task's time that its outcome may wait for others, and the most it may wait. */
const LINGER_SHARE = 0.005
const MAX_LINGER_MS = 25

/** The next slice of shorter tasks is not leased ahead: the turn would take about as long as the last of them. */
const MIN_AHEAD_MS = 5

/** How long a turn that leases ahead may wait for others: this share of the task that runs meanwhile. */
const AHEAD_LINGER_SHARE = 0.25

/** How long a turn may wait when its ticket must wait for its limit anyway. */
const PARKED_LINGER_MS = 100

/** Runs tasks of a batch, turn after turn, until the batch has none for the ticket or the ticket gives way. */
export async function runTicket(scope: WorkerScope, run: TicketRun): Promise<RunEnd> {
  const running = new RunningTicket(scope, run)
  let end: RunEnd | undefined
  while (!end) end = await running.step()
  return end
}

/** One run of a ticket. */
class RunningTicket {
  readonly #scope: WorkerScope
  readonly #run: TicketRun
  readonly #turns: TurnTaker
  readonly #averages: BatchAverages
  readonly #startedAt = performance.now()
  /** The types of the batch's tasks, as far as this run knows them. */
  #types: readonly string[] = []
  /** Outcomes for the next turn. */
  #outcomes: readonly Outcome[] = []
  /** What was leased while the last task ran. */
  #next: RunReply | undefined
  /** Whether something wanted the slot while the last task ran. */
  #isWanted = false
  /** The limiter that admits the ticket. */
  #admission: Limiter | undefined

  constructor(scope: WorkerScope, run: TicketRun) {
    this.#scope = scope
    this.#run = run
    this.#turns = new TurnTaker(scope, run)
    this.#averages = scope.averages.ofBatch(run.batchId)
  }

  /** Takes one turn and runs what it leases, or waits for the limit. Returns how the run ends, if it does. */
  async step(): Promise<RunEnd | undefined> {
    const limiter = await limiterOf(this.#scope, this.#run.queue)
    const mustEnd = this.#scope.isStopping() || this.#isWanted || (await this.#mustGiveWay(limiter))
    const next = this.#next
    this.#next = undefined
    // What was leased ahead is released if something has wanted the slot since.
    if (next && !limiter && !mustEnd) return await this.#runLease(next, undefined)
    const mayLease = !mustEnd && this.#isAdmitted(limiter)
    const lingerMs = mustEnd ? 0 : this.#lingerMs(limiter, mayLease)
    const reply = await this.#takeTurn(
      this.#intent(limiter, mayLease),
      lingerMs,
      mayLease ? this.#sliceSize(limiter) : 0,
    )
    if (reply.kind === 'run') return await this.#runLease(reply, limiter)
    if (reply.kind === 'retire' || reply.kind === 'inactive') this.#wakeParked()
    this.#leave()
    const hasTasks = reply.kind === 'wait' && reply.waitMs === 0
    return limiter && hasTasks && !mustEnd && !mayLease ? await this.#waitForAdmission(limiter) : reply
  }

  /** A slot goes back only when something wants it: returning through BullMQ costs more than a turn. */
  async #mustGiveWay(limiter: Limiter | undefined): Promise<boolean> {
    if (performance.now() - this.#startedAt < QUANTUM_MS) return false
    const { demand } = this.#scope
    const { queue } = this.#run
    return limiter?.admissions.isScarce
      ? await demand.isWantedUnderLimit(queue)
      : await demand.isWanted(queue, this.#types)
  }

  /** Keeps an admission of this limit, or asks for one without waiting. An admission of another limit ends. */
  #isAdmitted(limiter: Limiter | undefined): boolean {
    if (this.#admission !== limiter) this.#leave()
    if (limiter && !this.#admission && this.#tryAdmit(limiter)) this.#admission = limiter
    return this.#admission === limiter
  }

  #tryAdmit({ admissions }: Limiter): boolean {
    return this.#outcomes.length > 0 ? admissions.tryAdmitAgain(this.#run.batchId) : admissions.tryAdmit()
  }

  /**
   * How long the turn may wait so that turns of other tickets join it in one call, in ms. Failures do not wait: the
   * criteria must judge them before the batch's next task starts.
   */
  #lingerMs(limiter: Limiter | undefined, mayLease: boolean): number {
    if (this.#outcomes.some(({ kind }) => kind !== 'completed')) return 0
    if (!mayLease) return PARKED_LINGER_MS
    if (limiter) return limiter.admissions.lingerMs
    return this.#outcomes.length === 0 ? 0 : Math.min((this.#averages.taskMs ?? 0) * LINGER_SHARE, MAX_LINGER_MS)
  }

  /**
   * Has the batch's parked tickets take a turn together: there is nothing for them either. While the limit admitted them
   * one after another, the last of 100 tickets needed 21 calls to Redis, and now 1.
   */
  #wakeParked(): void {
    this.#scope.parked.abortBatch(this.#run.batchId, 'The batch has nothing for its tickets.')
  }

  #leave(): void {
    this.#admission?.admissions.leave()
    this.#admission = undefined
  }

  #sliceSize(limiter: Limiter | undefined): number {
    // Under a limit every task waits for its own permit, and no task may wait behind another one of its slice.
    if (limiter) return 1
    return nextSliceSize(this.#averages.lastSliceSize, this.#averages.taskMs, this.#scope.averages.turnMs)
  }

  #intent(limiter: Limiter | undefined, mayLease: boolean): Turn['intent'] {
    if (!mayLease) return 'release'
    // A task that waits for its permit has not started, and a crash must not cost it an attempt.
    return limiter ? 'reserve' : 'lease'
  }

  async #takeTurn(intent: Turn['intent'], lingerMs: number, want: number): Promise<TurnReply> {
    const outcomes = [...this.#outcomes]
    this.#outcomes = []
    const reply = await this.#turns.take({ intent, want, outcomes, lingerMs })
    if (reply.kind === 'run') this.#averages.lastSliceSize = want
    return reply
  }

  async #runLease(
    { tasks, version }: TurnReply & { kind: 'run' },
    limiter: Limiter | undefined,
  ): Promise<RunEnd | undefined> {
    const { batchId } = this.#run
    const settings = await readBatchSettings(this.#scope, batchId, version)
    if (!settings) return this.#endAsMissing()
    this.#types = settings.types
    const lease = { batchId, settings, averages: this.#averages, tasks, version }
    const outcomes = this.#outcomes
    this.#outcomes = []
    const ended = limiter
      ? await runLimited(this.#scope, this.#turns, lease, limiter)
      : await runSlice(this.#scope, this.#sliceTurns, { lease, outcomes })
    // The limiter ended the admission when it decided about the task.
    this.#admission = undefined
    this.#outcomes = ended.outcomes
    this.#next = ended.next
    return ended.runEnd
  }

  readonly #sliceTurns: SliceTurns = {
    take: (intent, outcomes) => this.#turns.take({ intent, want: 0, outcomes }),
    leaseAhead: (takeOutcomes) => this.#leaseAhead(takeOutcomes),
  }

  /** Only batches whose slices have several tasks lease ahead: a task must not wait behind a long one. */
  async #leaseAhead(takeOutcomes: () => Outcome[] | undefined): Promise<TurnReply | undefined> {
    const { taskMs = 0 } = this.#averages
    // The running task is a part of the slice: it is lost with the others if the worker dies.
    const want = this.#sliceSize(undefined) - 1
    if (taskMs < MIN_AHEAD_MS || want < 1 || this.#scope.isStopping()) return undefined
    this.#isWanted = await this.#mustGiveWay(undefined)
    const outcomes = this.#isWanted ? undefined : takeOutcomes()
    if (!outcomes) return undefined
    const lingerMs = taskMs * AHEAD_LINGER_SHARE
    const reply = await this.#turns.take({ intent: 'lease_ahead', want, outcomes, lingerMs })
    if (reply.kind === 'run') this.#averages.lastSliceSize = want + 1
    return reply
  }

  #endAsMissing(): RunEnd {
    this.#leave()
    return { kind: 'missing' }
  }

  async #waitForAdmission(limiter: Limiter): Promise<RunEnd | undefined> {
    const wait = await waitForAdmission(this.#scope, this.#run, limiter)
    if (wait.kind === 'done' && wait.value) this.#admission = limiter
    return wait.kind === 'wanted' ? { kind: 'wait', waitMs: 0 } : undefined
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
