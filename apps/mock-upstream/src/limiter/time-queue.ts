/** Moments in the order they happened; the oldest leave first. */
export interface TimeQueue {
  size(): number
  oldest(): number | undefined
  newest(): number | undefined
  push(timeMs: number): void
  /** Forgets everything up to and including this moment. */
  dropUntil(timeMs: number): void
}

/** Below this, the space of forgotten moments is not worth a copy. */
const FEWEST_TO_COMPACT = 1024

/** Creates an empty queue. Pushing and dropping cost the same however long it is, as `shift` would not. */
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
