import type { Recovery } from './recover.ts'
import type { Trace } from './trace.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Common windows, in ms. */
const NICE_WINDOWS = [
  100,
  200,
  250,
  500,
  ...[1, 2, 3, 5, 10, 15, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
]

export function isNiceWindow(windowMs: number): boolean {
  return NICE_WINDOWS.includes(windowMs)
}

/** Returns the shortest common window that is at least this long. */
export function niceWindowFrom(ms: number): number {
  return NICE_WINDOWS.find((window) => window >= ms * 0.98) ?? ms
}

const STEP = 1.06
const STEPS_IN_BRACKET = 4

/**
 * Returns the windows that could explain these recoveries. A window can be much longer than a recovery: a window by the
 * clock may have been nearly over, and a weighted count recovers gradually.
 */
export function windowsToTry(
  recoveries: readonly Recovery[],
  { toleranceMs, points }: Pick<Trace, 'toleranceMs' | 'points'>,
): number[] {
  const spanMs = (points.at(-1)?.arrivedAt ?? 0) - (points[0]?.arrivedAt ?? 0)
  const floor = Math.max(20, 4 * toleranceMs)
  const shortest = Math.max(floor, Math.max(...recoveries.map(({ tookMs }) => tookMs)) * 0.4)
  const longest = Math.max(...recoveries.map(({ betweenMs }) => betweenMs[1])) * 2.2
  const nice = NICE_WINDOWS.filter((window) => window >= shortest && window <= Math.max(longest * 5, spanMs))
  const spread: number[] = []
  for (let window = shortest; window <= longest; window *= STEP) spread.push(window)
  const measured = recoveries.flatMap(({ betweenMs: [after, until] }) =>
    Array.from({ length: STEPS_IN_BRACKET + 1 }, (_, i) => after + ((until - after) * i) / STEPS_IN_BRACKET),
  )
  return [...new Set([...nice, ...spread, ...measured])].filter((window) => window >= floor).toSorted((a, b) => a - b)
}

/** Returns the longest common window in this range. */
export function niceWindowWithin(low: number, high: number): number | undefined {
  return NICE_WINDOWS.findLast((window) => window >= low && window <= high)
}
