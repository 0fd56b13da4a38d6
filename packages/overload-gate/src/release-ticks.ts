import type { AcceptSprint } from './accept-sprint.ts'
import type { EventLoop } from './event-loop.ts'
import type { ReleasePace } from './release-pace.ts'

/** How much one tick may release. */
export interface TickSettings {
  /** How long a tick starts requests, in ms. The last one may take longer. */
  releaseBudgetMs: number
  /** A tick that took longer, in ms, releases none, so that requests in progress get the time. */
  tickTargetMs: number
}

/** The held requests. */
export interface Waiting {
  count(): number
  /** Refuses a request that has waited too long; false when there is none. */
  expireOne(now: number): boolean
  /** Admits the next request; false when it could no longer be answered. */
  releaseOne(now: number): boolean
}

/** Consecutive ticks that may release none because they were too long. Other work must not block releases for ever. */
const MAX_SKIPPED_TICKS = 8

/**
 * Releases a few requests at the end of each tick while any are held, and detects connections that queue in the kernel.
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

  /** Starts to watch the ends of ticks, unless it already does. */
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
      // When a handler throws, the other requests are still held.
      this.#isScheduled = this.#sprint.isWatching || this.#waiting.count() > 0
      if (this.#isScheduled) this.#loop.onTickEnd(this.#onTickEnd)
    }
  }

  /** The next held request begins a queue. */
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
