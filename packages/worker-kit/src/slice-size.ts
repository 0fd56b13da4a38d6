/** A slice should keep a slot busy about this long between two calls to Redis. */
const AIM_MS = 20

const MAX_SLICE = 128

/**
 * How many tasks to ask for next: enough for 20 ms of work at the average seen, at most double the last slice, so that
 * a first fast task among slow ones does no harm, and at most 128.
 */
export function nextSliceSize(lastSize: number, averageMs: number | undefined): number {
  if (lastSize === 0 || averageMs === undefined) return 1
  const aimed = Math.floor(AIM_MS / Math.max(averageMs, 0.001))
  return Math.max(1, Math.min(aimed, lastSize * 2, MAX_SLICE))
}

/** How much the newest duration weighs in the average. */
const WEIGHT = 0.1

/** The moving average of task durations of one batch in one process, in ms. */
export function movingAverage(averageMs: number | undefined, durationMs: number): number {
  return averageMs === undefined ? durationMs : averageMs + WEIGHT * (durationMs - averageMs)
}
