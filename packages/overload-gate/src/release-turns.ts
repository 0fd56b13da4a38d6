import type { AcceptSprint } from './accept-sprint.ts'
import type { EventLoop } from './event-loop.ts'
import type { ReleasePace } from './release-pace.ts'

/** How much one turn of the loop may release. */
export interface TurnSettings {
  /** Time in which a turn starts requests, in ms; the one started last may take longer. */
  sliceMs: number
  /** A turn that took longer, in ms, releases nothing, so that what was released before gets on. */
  turnTargetMs: number
}

/** The requests that wait. */
export interface Waiting {
  count(): number
  /** Refuses one that has waited too long; false when there is none. */
  expireOne(now: number): boolean
  /** Lets the next one go on; false when there was nobody to answer. */
  releaseOne(now: number): boolean
}

/** Turns in a row that may be too long for a release. Other work must not hold up those who wait for ever. */
const MAX_SKIPPED_TURNS = 8

/**
 * Releases a few requests at the end of each turn of the loop, from the first that waits until none does, and looks out
 * for connections that the kernel holds.
 */
export class ReleaseTurns {
  readonly #loop: EventLoop
  readonly #settings: TurnSettings
  readonly #waiting: Waiting
  readonly #sprint: AcceptSprint
  readonly #pace: ReleasePace
  #isTurning = false
  #turnedAt = 0
  #pacedAt = 0
  #skippedTurns = 0

  constructor(
    loop: EventLoop,
    settings: TurnSettings,
    parts: { waiting: Waiting; sprint: AcceptSprint; pace: ReleasePace },
  ) {
    this.#loop = loop
    this.#settings = settings
    this.#waiting = parts.waiting
    this.#sprint = parts.sprint
    this.#pace = parts.pace
  }

  /** Begins to turn, if it does not. */
  start(now: number): void {
    if (this.#isTurning) return
    this.#isTurning = true
    this.#turnedAt = now
    this.#resetPace(now)
    this.#loop.onTurnEnd(this.#turn)
  }

  readonly #turn = (): void => {
    const now = this.#loop.now()
    const tookMs = now - this.#turnedAt
    this.#turnedAt = now
    this.#sprint.endTurn(now)
    try {
      if (this.#waiting.count() === 0) this.#resetPace(now)
      else if (!this.#sprint.isRunning) this.#release(now, tookMs)
    } finally {
      // Whatever a handler throws, the others are still waiting.
      this.#isTurning = this.#sprint.isWatching || this.#waiting.count() > 0
      if (this.#isTurning) this.#loop.onTurnEnd(this.#turn)
    }
  }

  /** The next to wait begins a queue. */
  #resetPace(now: number): void {
    this.#pacedAt = now
    this.#pace.begin()
  }

  #release(now: number, tookMs: number): void {
    const until = now + this.#settings.sliceMs
    while (this.#waiting.expireOne(now) && this.#loop.now() < until);
    const released = this.#isTooLong(tookMs) ? 0 : this.#releaseUntil(until, now)

    const endedAt = this.#loop.now()
    this.#pace.note(endedAt, endedAt - this.#pacedAt, released)
    this.#pacedAt = endedAt
  }

  #isTooLong(tookMs: number): boolean {
    const mayRelease = tookMs < this.#settings.turnTargetMs || this.#skippedTurns === MAX_SKIPPED_TURNS
    this.#skippedTurns = mayRelease ? 0 : this.#skippedTurns + 1
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
