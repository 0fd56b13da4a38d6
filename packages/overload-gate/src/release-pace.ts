/** A window of releases this long can be evaluated. */
const WINDOW_MS = 100
/** Fewer releases in a window say more about one slow request than about the pace. */
const MIN_RELEASES = 4
/** This many releases are enough in a window of any length, so that several short queues make one window. */
const MAX_RELEASES = 32
/** The weight of a new window against the previous ones. */
const WEIGHT = 0.3
/** An older estimate says nothing about a new burst. */
const FORGET_AFTER_MS = 10_000

/** Measures how fast held requests are released. The wait of a new request is predicted from it. */
export class ReleasePace {
  #intervalMs = 0
  #learntAt = 0
  #busyMs = 0
  #releases = 0
  #isForming = false

  /** Time between two releases while requests are held, in ms; 0 while it is unknown. */
  intervalMs(now: number): number {
    return now - this.#learntAt > FORGET_AFTER_MS ? 0 : this.#intervalMs
  }

  /** Records that a queue begins to form. */
  begin(): void {
    this.#isForming = true
  }

  /** Counts the releases of one tick, and the time since the previous tick during which requests were held. */
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
    // While a queue forms, requests that passed before it still take much of the time. Such a window makes the pace look too
    // slow, which would get a short burst refused. It may only correct the estimate towards a faster pace.
    if (!this.#isForming || learnt < before) {
      this.#intervalMs = learnt
      this.#learntAt = now
    }
    this.#isForming = false
    this.#busyMs = 0
    this.#releases = 0
  }
}
