import { ratePerSecond, type RateEstimate } from './choose-fit.ts'
import type { ProbeSession } from './probe-session.ts'

/** How much longer than estimated a rest lasts, because the estimate may be too high. */
const MARGIN = 1.1
const MARGIN_MS = 20

/** The calls that a known rate limit accepts at once. Used calls are restored by rests. */
export class Allowance {
  readonly #session: ProbeSession
  readonly #estimate: RateEstimate
  /** The number of calls made when the allowance was last known to be whole. */
  #wholeAt = -Infinity

  constructor(session: ProbeSession, estimate: RateEstimate) {
    this.#session = session
    this.#estimate = estimate
  }

  /** The calls that pass at once after a rest. */
  get capacity(): number {
    return Math.floor((this.#estimate.burst ?? this.#estimate.max) + 1e-6)
  }

  /** Whether it is certain that more calls than this pass at once. The capacity of a bucket is known to one call. */
  exceeds(calls: number): boolean {
    return calls < this.capacity - (this.#estimate.burst === undefined ? 0 : 1)
  }

  /** Rests until so many calls pass at once. Returns false if they never do, or if the budgets do not suffice. */
  async ready(calls: number): Promise<boolean> {
    if (calls > this.capacity || calls > this.#session.remainingRequests) return false
    if (this.#used() + calls <= this.capacity) return true
    if (this.#restMs > this.#session.remainingMs / 2) return false
    await this.#session.sleep(this.#restMs)
    this.#wholeAt = this.#session.cost.requests
    return true
  }

  #used(): number {
    return this.#session.cost.requests - this.#wholeAt
  }

  get #restMs(): number {
    const { family, perMs, burst } = this.#estimate
    if (burst !== undefined) return (burst / ratePerSecond(this.#estimate)) * 1000 * MARGIN + MARGIN_MS
    // A weighted count includes the previous window.
    return (family === 'sliding_counter' ? 2 : 1) * perMs * MARGIN + MARGIN_MS
  }
}
