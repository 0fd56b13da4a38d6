import type { Trace, TracePoint } from './trace.ts'

/** How a limit counts. */
export type LimiterFamily = 'fixed_from_first' | 'sliding_log' | 'fixed_by_clock' | 'sliding_counter' | 'token_bucket'

/**
 * For each telling point of a trace, how many calls a limiter of one family counted in its window when the call arrived:
 * it accepts a call when that is below its maximum. What it counts is what was accepted in fact, so the maximum does not
 * enter, and one wrong guess does not make all that follows wrong. A call that came about when a window ended is counted
 * the way that fits what became of it.
 */
export type CountCalls = (trace: Trace, windowMs: number, phaseMs: number) => number[]

/** The window begins with the first call after the one before has ended. */
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

/** Which accepted calls begin a window. */
function windowStarts(acceptedAt: Float64Array, windowMs: number): number[] {
  const starts: number[] = []
  for (let i = 0; i < acceptedAt.length; i = firstFrom(acceptedAt, (acceptedAt[i] ?? 0) + windowMs, i + 1)) {
    starts.push(i)
  }
  return starts
}

/** Whatever was accepted within the last window counts. */
export const countSlidingLog: CountCalls = ({ telling, acceptedAt, toleranceMs }, windowMs) =>
  telling.map((point) => {
    const from = point.arrivedAt - windowMs + slack(point, toleranceMs)
    return Math.max(0, point.acceptedBefore - firstFrom(acceptedAt, from, 0))
  })

/** Windows follow each other by the clock, from the phase on. */
export const countFixedByClock: CountCalls = ({ telling, acceptedAt, toleranceMs }, windowMs, phaseMs) =>
  telling.map((point) => {
    const at = point.arrivedAt + slack(point, toleranceMs)
    const windowStart = Math.floor((at - phaseMs) / windowMs) * windowMs + phaseMs
    return Math.max(0, point.acceptedBefore - firstFrom(acceptedAt, windowStart, 0))
  })

/** As before, with what was counted in the window before by the share of it that lies within the last window. */
export const countSlidingCounter: CountCalls = ({ telling, acceptedAt, toleranceMs }, windowMs, phaseMs) =>
  telling.map((point) => {
    const at = point.arrivedAt + slack(point, toleranceMs)
    const windowStart = Math.floor((at - phaseMs) / windowMs) * windowMs + phaseMs
    const first = firstFrom(acceptedAt, windowStart, 0)
    const before = first - firstFrom(acceptedAt, windowStart - windowMs, 0)
    const passed = (at - windowStart) / windowMs
    return before * (1 - passed) + Math.max(0, point.acceptedBefore - first)
  })

/** It counts in favour of what happened: an accepted call may have come later, a rejected one earlier. */
function slack({ isAccepted }: TracePoint, toleranceMs: number): number {
  return isAccepted ? toleranceMs : -toleranceMs
}

/** The index of the first of these ascending times that is not before `time`. */
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
