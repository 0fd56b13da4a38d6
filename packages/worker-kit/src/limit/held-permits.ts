import type { HeldPermit, PermitWait } from './permit.ts'
import type { RedisClock } from './redis-clock.ts'

/**
 * A task announces its start with those of the tasks before it, if it starts at most so much later. Two processes that start
 * 2,000 tasks a second announce ten at a time.
 */
const ANNOUNCED_US = 10_000

/**
 * Holds permits until their start times, and announces the starts. One timer serves all of them: it is set for the permit
 * that starts first.
 */
export class HeldPermits {
  readonly #clock: RedisClock
  readonly #onDue: (held: HeldPermit) => void
  /** By start time. */
  readonly #held: HeldPermit[] = []
  #timer: NodeJS.Timeout | undefined

  /** @param onDue called with each permit when its start time has come. */
  constructor(clock: RedisClock, onDue: (held: HeldPermit) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  hold(held: HeldPermit): void {
    const { startUs } = held.permit
    // Start times rise, so it is nearly always the last one.
    this.#held.splice(this.#held.findLastIndex(({ permit }) => permit.startUs <= startUs) + 1, 0, held)
    if (this.#held[0] === held) this.#startDue()
  }

  /** Removes and returns the permit of a wait, if it is held. */
  take(wait: PermitWait): HeldPermit | undefined {
    const place = this.#held.findIndex((held) => held.wait === wait)
    return place < 0 ? undefined : this.#held.splice(place, 1)[0]
  }

  /** Removes and returns the permits that start before `untilUs`. */
  takeBefore(untilUs: number): HeldPermit[] {
    const later = this.#held.findIndex(({ permit }) => permit.startUs >= untilUs)
    return this.#held.splice(0, later < 0 ? this.#held.length : later)
  }

  #startDue(): void {
    clearTimeout(this.#timer)
    const now = this.#clock.earliestUs()
    if (this.#startsBy(now)) this.#announce(now + ANNOUNCED_US)
    for (let held = this.#startsBy(now); held; held = this.#startsBy(now)) {
      this.#held.shift()
      this.#onDue(held)
    }
    const [next] = this.#held
    // A timer may fire early, so the time is checked again.
    if (next) this.#timer = setTimeout(() => this.#startDue(), Math.ceil((next.permit.startUs - now) / 1000))
  }

  #startsBy(time: number): HeldPermit | undefined {
    const [first] = this.#held
    return first !== undefined && first.permit.startUs <= time ? first : undefined
  }

  #announce(untilUs: number): void {
    for (const { permit, wait } of this.#held) {
      if (permit.startUs > untilUs) return
      if (!wait.isStarting) announce(wait, true)
    }
  }
}

/** Announces that the task of a wait starts within 10 ms, or that it waits again. */
export function announce(wait: PermitWait, isStarting: boolean): void {
  wait.isStarting = isStarting
  wait.announce(isStarting)
}
