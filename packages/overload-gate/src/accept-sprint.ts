/** Connections accepted in as many ticks in a row mean that more of them wait in the kernel. */
const SUSPICIOUS_TICKS = 3

/**
 * The share of time that may go to letting connections in, however many come. In the simulation of a second in which five
 * times as many new connections come as can be served, the longest wait is below 1.5 s with half, and 1.7 s with a
 * quarter, most of it in the kernel's queue; with all of the time too little is left for serving.
 */
const SHARE = 0.5

/**
 * Lets the kernel's queue of new connections in before anything more is started. libuv accepts one connection per tick
 * of the loop, so that queue can grow while no tick is late: where no gate can see it, and its clients time out.
 *
 *     resting ──(a tick accepted one)──► watching ──(so did the next two)──► running ──(one did not)──► resting
 *                                                                             └──(budget spent)──► watching
 */
export class AcceptSprint {
  readonly #maxMs: number
  #budgetMs: number
  #hasAccepted = false
  /** Ticks in a row that accepted a connection. */
  #ticks = 0
  #isRunning = false
  #endedAt = 0

  /** @param maxMs the longest sprint, in ms; 0: none. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs
    this.#budgetMs = maxMs
  }

  /** Whether nothing should be started, so that the next tick comes soon. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Whether the next tick has to be looked at. */
  get isWatching(): boolean {
    return this.#ticks > 0
  }

  /** Says that a connection was accepted. */
  noteConnection(): void {
    this.#hasAccepted = true
  }

  /** Says that a tick ends. */
  endTick(now: number): void {
    const tickMs = now - this.#endedAt
    this.#endedAt = now
    const earnedMs = this.#isRunning ? -tickMs : (tickMs * SHARE) / (1 - SHARE)
    this.#budgetMs = Math.min(this.#maxMs, this.#budgetMs + earnedMs)
    this.#ticks = this.#hasAccepted ? this.#ticks + 1 : 0
    this.#hasAccepted = false
    this.#isRunning = this.#ticks >= SUSPICIOUS_TICKS && this.#budgetMs > 0
  }
}
