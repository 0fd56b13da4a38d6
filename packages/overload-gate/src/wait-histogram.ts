/** How long held requests waited before they were admitted. Requests admitted at once are not included. */
export interface WaitHistogram {
  /** Upper bounds of the buckets in ms; the last bucket has none. */
  boundsMs: readonly number[]
  /** Requests per bucket, not cumulative; one more entry than `boundsMs`. */
  counts: readonly number[]
  sumMs: number
}

const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] as const

/** Collects waits. */
export class WaitRecorder {
  readonly #counts = new Uint32Array(BOUNDS_MS.length + 1)
  #sumMs = 0

  add(waitedMs: number): void {
    const bucket = BOUNDS_MS.findIndex((bound) => waitedMs <= bound)
    const index = bucket === -1 ? BOUNDS_MS.length : bucket
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#sumMs += waitedMs
  }

  histogram(): WaitHistogram {
    return { boundsMs: BOUNDS_MS, counts: [...this.#counts], sumMs: this.#sumMs }
  }
}
