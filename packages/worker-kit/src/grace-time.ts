import { Deadlines, Expiring } from './deadlines.ts'

/**
 * The time that running attempts have to end once their worker closes. A handler that blocks the event loop beyond that time
 * costs no other attempt: what has arrived meanwhile is read before the time is over, as for any deadline.
 */
export class GraceTime extends Expiring {
  readonly endsAt: number
  readonly #deadlines = new Deadlines<GraceTime>()
  readonly #onOver: () => void

  /** The time starts now. `onOver` is called once it is over, unless it has been cancelled. */
  constructor(graceMs: number, onOver: () => void) {
    super()
    this.endsAt = performance.now() + graceMs
    this.#onOver = onOver
    this.#deadlines.add(this)
  }

  expire(): void {
    this.cancel()
    this.#onOver()
  }

  cancel(): void {
    this.#deadlines.remove(this)
  }
}
