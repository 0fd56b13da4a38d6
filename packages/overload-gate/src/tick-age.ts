import type { EventLoop } from './event-loop.ts'

/**
 * Measures for how long the current tick has worked on requests: since the first of them arrived or ended in it. The age is
 * read when a request arrives, so that overload is detected in the tick that causes it.
 *
 * It needs no timer. A timer that fires a hundred times a second gives nearly the same result, but wakes the process as
 * often while requests wait for something else.
 */
export class TickAge {
  readonly #loop: EventLoop
  #tick = -1
  #begunAt = 0
  #longestMs = 0

  constructor(loop: EventLoop) {
    this.#loop = loop
  }

  /** Records that a request arrived or ended, and returns the age of the tick in ms. */
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

  /** The longest age of a tick since the previous call, as far as requests arrived or ended in it, in ms. */
  takeLongestMs(now: number): number {
    this.note(now)
    const longest = this.#longestMs
    this.#longestMs = 0
    return longest
  }
}
