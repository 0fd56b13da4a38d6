import type { HeldPermit } from './permit.ts'
import type { RedisClock } from './redis-clock.ts'

/** What happens to a permit that was held. */
export interface HeldPermitEnds {
  /** Its start time has come. */
  onDue: (held: HeldPermit) => void
  /** Its wait was aborted. */
  onDropped: (held: HeldPermit) => void
}

/** Holds permits until their start times. */
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
    const check = () => {
      const missingMs = (held.permit.startUs - this.#clock.earliestUs()) / 1000
      if (missingMs <= 0) return this.#end(held, this.#ends.onDue)
      // A timer may fire early, so the time is checked again.
      timer = setTimeout(check, Math.ceil(missingMs))
    }
    signal.addEventListener('abort', onAbort)
    this.#held.set(held, () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    })
    check()
  }

  /** Removes and returns the permits that start before `untilUs`. */
  takeBefore(untilUs: number): HeldPermit[] {
    const early = [...this.#held.keys()].filter(({ permit }) => permit.startUs < untilUs)
    for (const held of early) this.#remove(held)
    return early
  }

  #end(held: HeldPermit, then: (held: HeldPermit) => void): void {
    this.#remove(held)
    then(held)
  }

  #remove(held: HeldPermit): void {
    this.#held.get(held)?.()
    this.#held.delete(held)
  }
}
