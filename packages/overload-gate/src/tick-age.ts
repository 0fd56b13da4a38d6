import type { EventLoop } from './event-loop.ts'

/**
 * Tells for how long the present tick of the loop has been at work for requests: since the first of them came or
 * ended in it. It is read when a request comes, so that overload is seen in the very tick that causes it.
 *
 * No timer has to fire for that, and none runs. A timer that beats a hundred times a second tells nearly the same, but
 * wakes the process as often while requests wait for something else.
 */
export class TickAge {
  readonly #loop: EventLoop
  #tick = -1
  #begunAt = 0
  #longestMs = 0

  constructor(loop: EventLoop) {
    this.#loop = loop
  }

  /** Says that a request has come or ended, and returns the age of the tick in ms. */
  note(now: number): number {
    const tick = this.#loop.tickNumber()
    if (tick !== this.#tick) {
      this.#tick = tick
      this.#begunAt = now
    }
    const ageMs = now - this.#begunAt
    this.#longestMs = Math.max(this.#longestMs, ageMs)
    return ageMs
  }

  /** The longest tick since this was last asked, as far as requests came or ended in it, in ms. */
  takeLongestMs(now: number): number {
    this.note(now)
    const longest = this.#longestMs
    this.#longestMs = 0
    return longest
  }
}
