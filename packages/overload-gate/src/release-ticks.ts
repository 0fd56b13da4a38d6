import type { AcceptSprint } from './accept-sprint.ts'
import type { EventLoop } from './event-loop.ts'
import type { ReleasePace } from './release-pace.ts'

/** How much one tick of the loop may release. */
export interface TickSettings {
  /** Time in which a tick starts requests, in ms; the one started last may take longer. */
  releaseBudgetMs: number
  /** A tick that took longer, in ms, releases nothing, so that what was released before gets on. */
  tickTargetMs: number
}

/** The requests that wait. */
export interface Waiting {
  count(): number
  /** Refuses one that has waited too long; false when there is none. */
  expireOne(now: number): boolean
  /** Lets the next one go on; false when there was nobody to answer. */
  releaseOne(now: number): boolean
}

/** Ticks in a row that may be too long for a release. Other work must not hold up those who wait for ever. */
const MAX_SKIPPED_TICKS = 8

/**
 * Releases a few requests at the end of each tick of the loop, from the first that waits until none does, and looks out
 * for connections that the kernel holds.
 */
export class ReleaseTicks {
  readonly #loop: EventLoop
  readonly #settings: TickSettings
  readonly #waiting: Waiting
  readonly #sprint: AcceptSprint
  readonly #pace: ReleasePace
  #isScheduled = false
  #tickEndedAt = 0
  #pacedAt = 0
  #skippedTicks = 0

  constructor(
    loop: EventLoop,
    settings: TickSettings,
    parts: { waiting: Waiting; sprint: AcceptSprint; pace: ReleasePace },
  ) {
    this.#loop = loop
    this.#settings = settings
    this.#waiting = parts.waiting
    this.#sprint = parts.sprint
    this.#pace = parts.pace
  }

  /** Starts watching the ends of ticks, unless it does already. */
  start(now: number): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#tickEndedAt = now
    this.#resetPace(now)
    this.#loop.onTickEnd(this.#onTickEnd)
  }

  readonly #onTickEnd = (): void => {
    const now = this.#loop.now()
    const tookMs = now - this.#tickEndedAt
    this.#tickEndedAt = now
    this.#sprint.endTick(now)
    try {
      if (this.#waiting.count() === 0) this.#resetPace(now)
      else if (!this.#sprint.isRunning) this.#release(now, tookMs)
    } finally {
      // Whatever a handler throws, the others are still waiting.
      this.#isScheduled = this.#sprint.isWatching || this.#waiting.count() > 0
      if (this.#isScheduled) this.#loop.onTickEnd(this.#onTickEnd)
    }
  }

  /** The next to wait begins a queue. */
  #resetPace(now: number): void {
    this.#pacedAt = now
    this.#pace.begin()
  }

  #release(now: number, tookMs: number): void {
    const until = now + this.#settings.releaseBudgetMs
    while (this.#waiting.expireOne(now) && this.#loop.now() < until);
    const released = this.#isTooLong(tookMs) ? 0 : this.#releaseUntil(until, now)

    const endedAt = this.#loop.now()
    this.#pace.note(endedAt, endedAt - this.#pacedAt, released)
    this.#pacedAt = endedAt
  }

  #isTooLong(tookMs: number): boolean {
    const mayRelease = tookMs < this.#settings.tickTargetMs || this.#skippedTicks === MAX_SKIPPED_TICKS
    this.#skippedTicks = mayRelease ? 0 : this.#skippedTicks + 1
    return !mayRelease
  }

  #releaseUntil(until: number, now: number): number {
    let released = 0
    do {
      if (this.#waiting.releaseOne(now)) released += 1
    } while (this.#waiting.count() > 0 && this.#loop.now() < until)
    return released
  }
}
