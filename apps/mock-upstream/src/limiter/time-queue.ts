/** A queue of moments in chronological order. */
export interface TimeQueue {
  size(): number
  oldest(): number | undefined
  newest(): number | undefined
  push(timeMs: number): void
  /** Removes all moments up to and including this one. */
  dropUntil(timeMs: number): void
}

/** Below this number of removed moments, freeing their space is not worth a copy. */
const FEWEST_TO_COMPACT = 1024

/** Creates an empty queue. Unlike `shift`, its operations take constant amortised time. */
export function createTimeQueue(): TimeQueue {
  let times: number[] = []
  let first = 0

  function compact(): void {
    if (first < FEWEST_TO_COMPACT || first * 2 < times.length) return
    times = times.slice(first)
    first = 0
  }

  return {
    size: () => times.length - first,
    oldest: () => times[first],
    newest: () => (first < times.length ? times.at(-1) : undefined),
    push: (timeMs) => times.push(timeMs),
    dropUntil(timeMs) {
      while (first < times.length && (times[first] ?? timeMs) <= timeMs) first += 1
      compact()
    },
  }
}
