/** Connections accepted in as many turns in a row mean that more of them wait in the kernel. */
const SUSPICIOUS_TURNS = 3

/**
 * The share of time that may go to letting connections in, however many come. In the simulation of a second in which five
 * times as many new connections come as can be served, the longest wait is below 1.5 s with half, and 1.7 s with a
 * quarter, most of it in the kernel's queue; with all of the time too little is left for serving.
 */
const SHARE = 0.5

/**
 * Lets the kernel's queue of new connections in before anything more is started. libuv accepts one connection per turn
 * of the loop, so that queue can grow while no turn is late: where no gate can see it, and its clients time out.
 *
 *     resting ──(a turn accepted one)──► watching ──(so did the next two)──► running ──(one did not)──► resting
 *                                                                             └──(budget spent)──► watching
 */
export class AcceptSprint {
  readonly #maxMs: number
  #budgetMs: number
  #hasAccepted = false
  /** Turns in a row that accepted a connection. */
  #turns = 0
  #isRunning = false
  #endedAt = 0

  /** @param maxMs the longest sprint, in ms; 0: none. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs
    this.#budgetMs = maxMs
  }

  /** Whether nothing should be started, so that the next turn comes soon. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Whether the next turn has to be looked at. */
  get isWatching(): boolean {
    return this.#turns > 0
  }

  /** Says that a connection was accepted. */
  noteConnection(): void {
    this.#hasAccepted = true
  }

  /** Says that a turn ends. */
  endTurn(now: number): void {
    const turnMs = now - this.#endedAt
    this.#endedAt = now
    const earnedMs = this.#isRunning ? -turnMs : (turnMs * SHARE) / (1 - SHARE)
    this.#budgetMs = Math.min(this.#maxMs, this.#budgetMs + earnedMs)
    this.#turns = this.#hasAccepted ? this.#turns + 1 : 0
    this.#hasAccepted = false
    this.#isRunning = this.#turns >= SUSPICIOUS_TURNS && this.#budgetMs > 0
  }
}
