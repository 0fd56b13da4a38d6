/** A window of releases is long enough to judge by. */
const WINDOW_MS = 100
/** Fewer releases than this in a window say more about one slow request than about the pace. */
const MIN_RELEASES = 4
/** So many releases are enough in a window of any length: several short queues make one window. */
const MAX_RELEASES = 32
/** How much a new window counts against the ones before it. */
const WEIGHT = 0.3
/** An estimate this old says nothing about a new burst. */
const FORGET_AFTER_MS = 10_000

/** Learns how fast waiting requests are released, which is what a newcomer's wait is predicted by. */
export class ReleasePace {
  #intervalMs = 0
  #learntAt = 0
  #busyMs = 0
  #releases = 0
  #isForming = false

  /** Time between two releases while requests wait, in ms; 0 while it is unknown. */
  intervalMs(now: number): number {
    return now - this.#learntAt > FORGET_AFTER_MS ? 0 : this.#intervalMs
  }

  /** Says that a queue begins to form. */
  begin(): void {
    this.#isForming = true
  }

  /** Counts what one tick released, and the time since the tick before during which requests were waiting. */
  note(now: number, busyMs: number, releases: number): void {
    this.#busyMs += busyMs
    this.#releases += releases
    const isJudged = this.#busyMs >= WINDOW_MS && this.#releases >= MIN_RELEASES
    if (isJudged || this.#releases >= MAX_RELEASES) this.#learn(now)
  }

  #learn(now: number): void {
    const before = this.intervalMs(now)
    const measured = this.#busyMs / this.#releases
    const learnt = before === 0 ? measured : before + WEIGHT * (measured - before)
    // While a queue forms, requests that had passed before still take much of the time. Such a window makes the pace look
    // too slow, and would have a short burst refused; it may only show that requests go faster than was thought.
    if (!this.#isForming || learnt < before) {
      this.#intervalMs = learnt
      this.#learntAt = now
    }
    this.#isForming = false
    this.#busyMs = 0
    this.#releases = 0
  }
}
