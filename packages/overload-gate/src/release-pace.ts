/** A window of releases is long enough to judge by. */
const WINDOW_MS = 100
/** Fewer releases than this in a window say more about one slow request than about the pace. */
const MIN_RELEASES = 4
/** So many releases are enough in a window of any length. Without it, an estimate far too high would keep queues too short to be corrected. */
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

  /** Time between two releases while requests wait, in ms; 0 while it is unknown. */
  intervalMs(now: number): number {
    return now - this.#learntAt > FORGET_AFTER_MS ? 0 : this.#intervalMs
  }

  /** Counts what one turn released, and the time since the turn before during which requests were waiting. */
  note(now: number, busyMs: number, releases: number): void {
    // Before its first release a queue waits for requests that had passed before it formed.
    if (this.#releases === 0 && releases === 0) return
    this.#busyMs += busyMs
    this.#releases += releases
    const isJudged = this.#busyMs >= WINDOW_MS && this.#releases >= MIN_RELEASES
    if (isJudged || this.#releases >= MAX_RELEASES) this.#learn(now)
  }

  #learn(now: number): void {
    const before = this.intervalMs(now)
    const measured = this.#busyMs / this.#releases
    this.#intervalMs = before === 0 ? measured : before + WEIGHT * (measured - before)
    this.#learntAt = now
    this.#busyMs = 0
    this.#releases = 0
  }
}
