import type { HeldPermit } from './permit.ts'
import type { RedisClock } from './redis-clock.ts'

/** What becomes of a permit that was held. */
export interface HeldPermitEnds {
  /** Its slot has come. */
  onDue: (held: HeldPermit) => void
  /** Nobody waits for it any more. */
  onDropped: (held: HeldPermit) => void
}

/** Keeps permits until their slots come. */
export class HeldPermits {
  readonly #clock: RedisClock
  readonly #ends: HeldPermitEnds
  readonly #held = new Map<HeldPermit, () => void>()

  constructor(clock: RedisClock, ends: HeldPermitEnds) {
    this.#clock = clock
    this.#ends = ends
  }

  hold(held: HeldPermit): void {
    const { signal } = held.wait
    if (signal.aborted) return this.#ends.onDropped(held)
    let timer: NodeJS.Timeout | undefined
    const onAbort = () => this.#end(held, this.#ends.onDropped)
    const look = () => {
      const missingMs = (held.permit.startUs - this.#clock.earliestUs()) / 1000
      if (missingMs <= 0) return this.#end(held, this.#ends.onDue)
      // Timers may fire a little early.
      timer = setTimeout(look, Math.ceil(missingMs))
    }
    signal.addEventListener('abort', onAbort)
    this.#held.set(held, () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    })
    look()
  }

  /** Lets go of those with an earlier slot, and returns them. */
  takeBefore(untilUs: number): HeldPermit[] {
    const early = [...this.#held.keys()].filter(({ permit }) => permit.startUs < untilUs)
    for (const held of early) this.#letGo(held)
    return early
  }

  #end(held: HeldPermit, then: (held: HeldPermit) => void): void {
    this.#letGo(held)
    then(held)
  }

  #letGo(held: HeldPermit): void {
    this.#held.get(held)?.()
    this.#held.delete(held)
  }
}
