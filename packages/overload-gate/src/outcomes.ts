import type { GateTally } from './gate-tally.ts'
import type { ShedReason, Visit } from './visit.ts'

/** Gives each request its one outcome and counts it. */
export class Outcomes {
  readonly #tally: GateTally
  readonly #predictedWaitMs: (visit: Visit, now: number) => number
  #active = 0

  constructor(tally: GateTally, predictedWaitMs: (visit: Visit, now: number) => number) {
    this.#tally = tally
    this.#predictedWaitMs = predictedWaitMs
  }

  /** Requests admitted and not answered yet. */
  get active(): number {
    return this.#active
  }

  /** @param waitedMs undefined when the request was not held. */
  admit(visit: Visit, waitedMs?: number): void {
    visit.state = 'admitted'
    this.#active += 1
    this.#tally.countAdmitted(visit, waitedMs)
    visit.admit()
  }

  /** Refuses a request on arrival. */
  refuse(visit: Visit, reason: ShedReason, now: number): void {
    this.#shed(visit, reason, 0, now)
  }

  /** Refuses a held request, or drops it when its client has gone. */
  dismiss(visit: Visit, reason: ShedReason, now: number): void {
    if (visit.isGone()) this.forget(visit, now)
    else this.#shed(visit, reason, now - visit.queuedAt, now)
  }

  /** Drops a held request that can no longer be answered. */
  forget(visit: Visit, now: number): void {
    visit.state = 'over'
    this.#tally.countGone(visit, now - visit.queuedAt)
  }

  /** Records that the response to an admitted request, or its connection, has ended. */
  end(visit: Visit): void {
    visit.state = 'over'
    this.#active -= 1
  }

  #shed(visit: Visit, reason: ShedReason, waitedMs: number, now: number): void {
    visit.state = 'over'
    this.#tally.countShed(visit, reason, waitedMs, now)
    visit.refuse(reason, this.#predictedWaitMs(visit, now))
  }
}
