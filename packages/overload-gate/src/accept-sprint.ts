/** The share of time that may go to letting connections in, however many come. */
const SHARE = Number(process.env.SHARE ?? 0.25)
const STREAK = Number(process.env.STREAK ?? 3)

/**
 * Lets the kernel's queue of new connections in before anything more is released. libuv accepts one connection per turn
 * of the loop, so while turns are long that queue grows where no gate can see it, and its clients time out.
 *
 * A sprint goes on while each turn accepts a connection, until its budget of time is spent. The budget fills up again
 * between sprints.
 */
export class AcceptSprint {
  readonly #maxMs: number
  #budgetMs: number
  #isRunning = false
  #hasAccepted = false
  #at = 0
  streak = 0
  get isRunning() { return this.#isRunning }

  /** @param maxMs the longest sprint, in ms; 0: none. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs
    this.#budgetMs = maxMs
  }

  /** Says that a connection was accepted. */
  noteConnection(): void {
    this.#hasAccepted = true
  }

  /** Asked once at the end of each turn: whether nothing should be released, so that the next turn comes soon. */
  runs(now: number): boolean {
    const sinceMs = now - this.#at
    this.#budgetMs += this.#isRunning ? -sinceMs : (sinceMs * SHARE) / (1 - SHARE)
    this.#budgetMs = Math.min(this.#budgetMs, this.#maxMs)
    this.streak = this.#hasAccepted ? this.streak + 1 : 0
    this.#isRunning = this.streak >= STREAK && this.#budgetMs > 0
    this.#hasAccepted = false
    this.#at = now
    return this.#isRunning
  }
}
