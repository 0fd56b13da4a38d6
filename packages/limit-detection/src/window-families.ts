import type { Trace, TracePoint } from './trace.ts'

/** How a limiter counts calls. */
export type LimiterFamily = 'fixed_from_first' | 'sliding_log' | 'fixed_by_clock' | 'sliding_counter' | 'token_bucket'

/**
 * Returns, for each telling point of a trace, how many calls a limiter of one family had counted in its window when the
 * call arrived. Such a limiter accepts a call if this count is below its maximum. The counts follow what the upstream
 * actually accepted. So they do not depend on the maximum, and one misjudged call does not distort the later counts. A
 * call that arrived at about the end of a window counts in the way that fits its outcome.
 */
export type CountCalls = (trace: Trace, windowMs: number, phaseMs: number) => number[]

/** A window starts with the first call after the previous window has ended. */
export const countFixedFromFirst: CountCalls = ({ telling, acceptedAt, toleranceMs }, windowMs) => {
  const starts = windowStarts(acceptedAt, windowMs - toleranceMs)
  let window = 0
  return telling.map(({ arrivedAt, isAccepted, acceptedBefore }) => {
    while ((starts[window + 1] ?? Infinity) <= acceptedBefore - (isAccepted ? 0 : 1)) window += 1
    const start = starts[window] ?? 0
    const hasEnded = !isAccepted && arrivedAt >= (acceptedAt[start] ?? 0) + windowMs + toleranceMs
    return hasEnded ? 0 : acceptedBefore - start
  })
}

/** Returns the indexes of the accepted calls that start a window. */
function windowStarts(acceptedAt: Float64Array, windowMs: number): number[] {
  const starts: number[] = []
  for (let i = 0; i < acceptedAt.length; i = firstFrom(acceptedAt, (acceptedAt[i] ?? 0) + windowMs, i + 1)) {
    starts.push(i)
  }
  return starts
}

/** Every call accepted within the last `windowMs` counts. */
export const countSlidingLog: CountCalls = ({ telling, acceptedAt, toleranceMs }, windowMs) =>
  telling.map((point) => {
    const from = point.arrivedAt - windowMs + slack(point, toleranceMs)
    return Math.max(0, point.acceptedBefore - firstFrom(acceptedAt, from, 0))
  })

/** Windows follow each other by the clock, starting at the phase. */
export const countFixedByClock: CountCalls = ({ telling, acceptedAt, toleranceMs }, windowMs, phaseMs) =>
  telling.map((point) => {
    const at = point.arrivedAt + slack(point, toleranceMs)
    const windowStart = Math.floor((at - phaseMs) / windowMs) * windowMs + phaseMs
    return Math.max(0, point.acceptedBefore - firstFrom(acceptedAt, windowStart, 0))
  })

/** Windows by the clock, plus the count of the previous window times the share of it within the last `windowMs`. */
export const countSlidingCounter: CountCalls = ({ telling, acceptedAt, toleranceMs }, windowMs, phaseMs) =>
  telling.map((point) => {
    const at = point.arrivedAt + slack(point, toleranceMs)
    const windowStart = Math.floor((at - phaseMs) / windowMs) * windowMs + phaseMs
    const first = firstFrom(acceptedAt, windowStart, 0)
    const before = first - firstFrom(acceptedAt, windowStart - windowMs, 0)
    const passed = (at - windowStart) / windowMs
    return before * (1 - passed) + Math.max(0, point.acceptedBefore - first)
  })

/** Shifts an arrival in favour of its outcome: an accepted call may have arrived later, a rejected one earlier. */
function slack({ isAccepted }: TracePoint, toleranceMs: number): number {
  return isAccepted ? toleranceMs : -toleranceMs
}

/** Returns the index of the first of these ascending times that is not before `time`. */
function firstFrom(times: Float64Array, time: number, from: number): number {
  let low = from
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low
}
