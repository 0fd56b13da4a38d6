/** A bounded log of moments, in the order in which they were added. */
export interface TimeLog {
  add(timeMs: number): void
  toArray(): number[]
  /** Returns how many moments were added after the log was full. */
  missing(): number
}

/** The default bound: 16 MB of numbers, or about 28 MB of JSON. */
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
      // A typed array ignores writes beyond its end, so a full log drops the moment.
      times[added] = timeMs
      added += 1
    },
    toArray: () => Array.from(times.subarray(0, added)),
    missing: () => Math.max(added - most, 0),
  }
}
