/** A slot should spend at most this share of its time in turns. */
const TURN_SHARE = 0.05

/** A slice holds at least so much work, whatever a turn takes. */
const MIN_AIM_MS = 20

/** However long turns take. */
const MAX_AIM_MS = 150

/** What a slice holds nobody else can run, and a crash repeats: more than one task only within this. */
const MAX_WORK_MS = 200

const MAX_SLICE = 128

/**
 * How many tasks to ask for next: enough for twenty times the time of a turn, 20 to 150 ms, at the average seen, and not
 * more than 200 ms of work; at most double the last slice, so that a first fast task among slow ones does no harm, and at
 * most 128. The busier Redis is, the longer turns take and the fewer are asked of it.
 */
export function nextSliceSize(lastSize: number, averageMs: number | undefined, turnMs: number | undefined): number {
  if (lastSize === 0 || averageMs === undefined) return 1
  const aimMs = Math.min(Math.max((turnMs ?? 0) / TURN_SHARE, MIN_AIM_MS), MAX_AIM_MS)
  const taskMs = Math.max(averageMs, 0.001)
  const aimed = Math.min(Math.ceil(aimMs / taskMs), Math.floor(MAX_WORK_MS / taskMs))
  return Math.max(1, Math.min(aimed, lastSize * 2, MAX_SLICE))
}

/** How much the newest duration weighs in the average. */
const WEIGHT = 0.1

/** The moving average of durations, in ms: of a batch's tasks in one process, or of a process's turns. */
export function movingAverage(averageMs: number | undefined, durationMs: number): number {
  return averageMs === undefined ? durationMs : averageMs + WEIGHT * (durationMs - averageMs)
}
