import type { EventLoop, LoopTimer } from './event-loop.ts'

/**
 * Tells how long the event loop has not turned. A timer says that it has; how late the timer is can be read at any
 * moment, without waiting for it to fire, so that overload is seen in the very turn that causes it. It beats only while
 * requests are under way.
 */
export class Heartbeat {
  readonly #intervalMs: number
  readonly #timer: LoopTimer
  #isBeating = false
  #lastBeat = 0
  #longestStallMs = 0

  /** @param isNeeded whether requests are under way. */
  constructor(loop: EventLoop, intervalMs: number, isNeeded: () => boolean) {
    this.#intervalMs = intervalMs
    this.#timer = loop.timer(intervalMs, () => {
      this.#beat(loop.now())
      if (isNeeded()) this.#timer.start()
      else this.#isBeating = false
    })
  }

  /** Begins to beat, if it does not. */
  start(now: number): void {
    if (this.#isBeating) return
    this.#isBeating = true
    this.#lastBeat = now
    this.#timer.start()
  }

  stop(): void {
    this.#isBeating = false
    this.#timer.stop()
  }

  /** How overdue the next beat is, in ms; 0 while nothing is under way. */
  lateness(now: number): number {
    return this.#isBeating ? Math.max(0, now - this.#lastBeat - this.#intervalMs) : 0
  }

  /** The longest time in which the loop did not turn since this was last asked, in ms. */
  takeLongestStallMs(now: number): number {
    const longest = Math.max(this.#longestStallMs, this.lateness(now))
    this.#longestStallMs = 0
    return longest
  }

  #beat(now: number): void {
    this.#longestStallMs = Math.max(this.#longestStallMs, this.lateness(now))
    this.#lastBeat = now
  }
}
