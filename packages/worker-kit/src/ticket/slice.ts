import type { Outcome, RunEnd, TurnReply } from '@sluice/engine'

/** A slice starts no task after this time, so that a slow task does not keep the others from running elsewhere. */
const MAX_SLICE_MS = 250

/** Takes a turn in the middle of a slice. */
export type TakeTurn = (intent: 'continue' | 'keep_running', outcomes: Outcome[]) => Promise<TurnReply>

/**
 * The tasks of one turn, run one after another: their outcomes and their time.
 *
 *     idle ──startTask──► running ──(time is up)──► alone
 *      ▲                     │                        │
 *      └───────endTask───────┴────────endTask─────────┘
 *
 * A slice starts idle, and no task starts once its time is up. If a task runs at that moment, it runs on alone: a turn
 * settles the outcomes before it and releases the tasks after it, so that other workers can run them. If the slice is
 * idle at that moment, the ticket's next turn does both. `close` ends a slice in any state.
 */
export class Slice {
  /** Outcomes that no turn has settled yet. */
  outcomes: Outcome[] = []
  /** How the ticket's run ended, if a turn in the middle of the slice ended it. */
  runEnd: RunEnd | undefined
  readonly #takeTurn: TakeTurn
  readonly #endsAt = performance.now() + MAX_SLICE_MS
  readonly #timer: NodeJS.Timeout | undefined
  #hasTimerFired = false
  #isRunning = false
  /** The turn that left the running task alone. */
  #turn: Promise<void> | undefined

  constructor(size: number, takeTurn: TakeTurn) {
    this.#takeTurn = takeTurn
    // A single task keeps no other waiting.
    if (size > 1) this.#timer = setTimeout(() => this.#endTime(), MAX_SLICE_MS)
  }

  get isTimeUp(): boolean {
    // Between tasks that never wait, the event loop gets no chance to fire the timer.
    return this.#hasTimerFired || performance.now() > this.#endsAt
  }

  startTask(): void {
    this.#isRunning = true
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

  #endTime(): void {
    this.#hasTimerFired = true
    if (this.#isRunning) this.#turn = this.#settle('keep_running')
  }

  async #settle(intent: 'continue' | 'keep_running'): Promise<void> {
    const reply = await this.#takeTurn(intent, this.outcomes.splice(0))
    if (reply.kind !== 'run') this.runEnd = reply
  }
}
