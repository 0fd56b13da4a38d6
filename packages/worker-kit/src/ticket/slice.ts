import type { Outcome, RunEnd, TurnReply } from '@sluice/engine'
import type { RunReply } from './lease.ts'

/** A slice starts no task after this time, so that a slow task does not keep the others from running elsewhere. */
const MAX_SLICE_MS = 250

/** The turns that a slice takes before it ends. */
export interface SliceTurns {
  /** Takes a turn between two tasks, or while one runs. */
  take(intent: 'continue' | 'keep_running', outcomes: Outcome[]): Promise<TurnReply>
  /**
   * Leases the next slice while the last task runs. Resolves to undefined if it takes no turn. `takeOutcomes` returns the
   * outcomes of the turn, or undefined if the task has ended meanwhile.
   */
  leaseAhead(takeOutcomes: () => Outcome[] | undefined): Promise<TurnReply | undefined>
}

/**
 * The tasks of one turn, run one after another: their outcomes and their time.
 *
 *     idle ──startTask──► running ──(time is up)──► alone
 *      ▲                     │                        │
 *      └───────endTask───────┴────────endTask─────────┘
 *
 * A slice starts idle, and no task starts once its time is up. If a task runs at that moment, it runs on alone: a turn
 * settles the outcomes before it and releases the tasks after it, so that other workers can run them. If the slice is
 * idle at that moment, the ticket's next turn does both. While the last task runs, a turn may lease the next slice.
 * `close` ends a slice in any state.
 */
export class Slice {
  /** Outcomes that no turn has settled yet. */
  outcomes: Outcome[]
  /** How the ticket's run ended, if a turn in the middle of the slice ended it. */
  runEnd: RunEnd | undefined
  /** The next slice, if it was leased while the last task ran. */
  next: RunReply | undefined
  readonly #turns: SliceTurns
  readonly #endsAt = performance.now() + MAX_SLICE_MS
  #timer: NodeJS.Timeout | undefined
  #hasTimerFired = false
  #isRunning = false
  /** The turns that are taken while a task runs. */
  #turn: Promise<void> | undefined

  constructor(size: number, turns: SliceTurns, outcomes: readonly Outcome[]) {
    this.#turns = turns
    this.outcomes = [...outcomes]
    // A single task keeps no other waiting.
    if (size > 1) this.#startTimer()
  }

  get isTimeUp(): boolean {
    // Between tasks that never wait, the event loop gets no chance to fire the timer.
    return this.#hasTimerFired || performance.now() > this.#endsAt
  }

  startTask(): void {
    this.#isRunning = true
  }

  /** Leases the next slice while the last task of this one runs, so that its slot does not wait for Redis in between. */
  leaseAhead(): void {
    if (!this.#hasTimerFired) this.#turn = this.#leaseAhead()
  }

  /**
   * Keeps the outcome of the task that ran; an aborted attempt has none. Returns the turn that must end before anything
   * else happens, or undefined: awaiting a promise for every task would take 2% of the time of a no-op task.
   */
  endTask(outcome: Outcome | undefined): Promise<void> | undefined {
    this.#isRunning = false
    if (outcome) this.outcomes.push(outcome)
    return this.#turn
  }

  /** Settles the outcomes so far, between two tasks. */
  async settle(): Promise<void> {
    await this.#settle('continue')
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #startTimer(): void {
    this.#timer = setTimeout(() => this.#endTime(), MAX_SLICE_MS)
  }

  #endTime(): void {
    this.#hasTimerFired = true
    if (this.#isRunning) this.#turn = this.#leaveAlone()
  }

  async #leaveAlone(): Promise<void> {
    await this.#turn
    if (!this.#isRunning) return
    this.next = undefined
    await this.#settle('keep_running')
  }

  async #leaseAhead(): Promise<void> {
    const reply = await this.#turns.leaseAhead(() => (this.#isRunning ? this.outcomes.splice(0) : undefined))
    if (reply?.kind !== 'run') this.runEnd = reply
    else if (reply.tasks.length > 0) this.next = reply
    // The tasks of the next slice must not wait for a slow one either.
    if (this.next && this.#isRunning && !this.#timer) this.#startTimer()
  }

  async #settle(intent: 'continue' | 'keep_running'): Promise<void> {
    const reply = await this.#turns.take(intent, this.outcomes.splice(0))
    if (reply.kind !== 'run') this.runEnd = reply
  }
}
