import type { Outcome, RunEnd, TurnReply } from '@sluice/engine'

/** After so long a slice starts nothing more, so that a slow task holds no others. */
const SLICE_MAX_MS = 250

/** Takes a turn in the middle of a slice. */
export type Report = (intent: 'continue' | 'keep_running', outcomes: Outcome[]) => Promise<TurnReply>

/**
 * The time and the outcomes of one slice. When its time is over while a task runs, that task runs on alone: what ended
 * before it is reported, and what has not started is given back for others to run.
 */
export class Slice {
  /** What has ended and is not yet reported. */
  outcomes: Outcome[] = []
  /** Set when a turn in the middle of the slice ended the ticket's run. */
  end: RunEnd | undefined
  readonly #report: Report
  readonly #endsAt = performance.now() + SLICE_MAX_MS
  readonly #timer: NodeJS.Timeout | undefined
  #isOver = false
  #isRunning = false
  #holding: Promise<void> | undefined

  constructor(size: number, report: Report) {
    this.#report = report
    // A task that is alone holds nobody up.
    if (size > 1) this.#timer = setTimeout(() => this.#finish(), SLICE_MAX_MS)
  }

  get isOver(): boolean {
    // Tasks that never wait for anything leave the timer no moment to fire in.
    return this.#isOver || performance.now() > this.#endsAt
  }

  startTask(): void {
    this.#isRunning = true
  }

  /**
   * Keeps the outcome of the task that ran; an attempt that was aborted has none. Returns what must be waited for
   * before anything else is done, if there is such a thing: a promise less a task is 2% of a no-op task's time.
   */
  endTask(outcome: Outcome | undefined): Promise<void> | undefined {
    this.#isRunning = false
    if (outcome) this.outcomes.push(outcome)
    return this.#holding
  }

  /** Reports what has ended, in the midst of the slice. */
  async settle(): Promise<void> {
    await this.#takeTurn('continue')
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #finish(): void {
    this.#isOver = true
    if (this.#isRunning) this.#holding = this.#takeTurn('keep_running')
  }

  async #takeTurn(intent: 'continue' | 'keep_running'): Promise<void> {
    const reply = await this.#report(intent, this.outcomes.splice(0))
    if (reply.kind !== 'run') this.end = reply
  }
}
