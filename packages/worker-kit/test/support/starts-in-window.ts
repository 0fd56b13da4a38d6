/** A busy machine may suspend a process for this long between its permit and its call. */
const INTERRUPTED_MS = 40

/** The largest number of starts in any window, as precisely as the test can observe them. */
export function mostIn(starts: readonly number[], perMs: number): number {
  const windowMs = perMs - INTERRUPTED_MS
  const times = starts.toSorted((a, b) => a - b)
  let most = 0
  for (let first = 0, last = 0; last < times.length; last += 1) {
    while (times[first]! <= times[last]! - windowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}
