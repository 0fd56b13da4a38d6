/** Accepting connections in this many ticks in a row means that more of them wait in the kernel. */
const SUSPICIOUS_TICKS = 3

/**
 * The largest share of time that goes to accepting connections. In the simulation of one second in which five times as many
 * connections arrive as can be served, the longest wait is below 1.5 s with half of the time, and 1.7 s with a quarter, most
 * of it in the kernel's queue. With all of the time, too little is left for serving.
 */
const SHARE = 0.5

/**
 * Accepts the connections that queue in the kernel before more requests are started. libuv accepts one connection per
 * tick, so that queue can grow while every tick is short: the gate cannot see it, and its clients time out.
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

  /** Whether no request should be started, so that the next tick begins soon. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Whether the end of the next tick has to be watched. */
  get isWatching(): boolean {
    return this.#ticks > 0
  }

  /** Records that a connection was accepted. */
  noteConnection(): void {
    this.#hasAccepted = true
  }

  /** Records the end of a tick. */
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
