/** Moments in the order they were added, up to a bound. */
export interface TimeLog {
  add(timeMs: number): void
  toArray(): number[]
  /** How many came after the log was full. */
  missing(): number
}

/** 16 MB of numbers; as JSON about 28 MB. */
const MOST_TIMES = 2_000_000
const FIRST_CAPACITY = 1024

/** Creates an empty log that keeps the first `most` moments at 8 bytes each and counts the rest. */
export function createTimeLog(most = MOST_TIMES): TimeLog {
  let times = new Float64Array(Math.min(FIRST_CAPACITY, most))
  let added = 0

  function grow(): void {
    const larger = new Float64Array(Math.min(times.length * 2, most))
    larger.set(times)
    times = larger
  }

  return {
    add(timeMs) {
      if (added === times.length && added < most) grow()
      // Beyond the end a typed array ignores the write, which is what a full log wants.
      times[added] = timeMs
      added += 1
    },
    toArray: () => Array.from(times.subarray(0, added)),
    missing: () => Math.max(added - most, 0),
  }
}
