import type { Trace } from './trace.ts'
import {
  countFixedByClock,
  countFixedFromFirst,
  countSlidingCounter,
  countSlidingLog,
  type CountCalls,
  type LimiterFamily,
} from './window-families.ts'

/** A limiter that would have treated the calls about as the upstream did. */
export interface LimiterFit {
  family: LimiterFamily
  max: number
  perMs: number
  /** The capacity of a token bucket, in tokens. */
  burst?: number
  /** The range of equally good rates, in calls per second. Default: only its own. */
  range?: [low: number, high: number]
  /** Calls of the trace that the limiter would have treated differently. */
  misses: number
}

interface Family {
  name: LimiterFamily
  count: CountCalls
  hasPhase: boolean
}

const FAMILIES: readonly Family[] = [
  { name: 'sliding_log', count: countSlidingLog, hasPhase: false },
  { name: 'fixed_from_first', count: countFixedFromFirst, hasPhase: false },
  { name: 'fixed_by_clock', count: countFixedByClock, hasPhase: true },
  { name: 'sliding_counter', count: countSlidingCounter, hasPhase: true },
]

const PHASES = 8

/** Finds the best maximum of each family for each window. */
export function fitWindows(trace: Trace, windowsMs: readonly number[]): LimiterFit[] {
  const starts = likelyStarts(trace)
  return windowsMs.flatMap((windowMs) => FAMILIES.map((family) => fitWindow(trace, family, windowMs, starts)))
}

function fitWindow(
  trace: Trace,
  { name, count, hasPhase }: Family,
  windowMs: number,
  starts: readonly number[],
): LimiterFit {
  const fits = (hasPhase ? [...evenPhases(windowMs), ...starts] : [0]).map((phaseMs) => ({
    phaseMs,
    ...bestMaximum(trace, count(trace, windowMs, phaseMs)),
  }))
  let best = fits.reduce((a, b) => (b.misses < a.misses ? b : a))
  const firstStep = hasPhase ? windowMs / PHASES / 2 : 0
  for (let step = firstStep; best.misses > 0 && step > trace.toleranceMs; step /= 2) {
    for (const phaseMs of [best.phaseMs - step, best.phaseMs + step]) {
      const fit = { phaseMs, ...bestMaximum(trace, count(trace, windowMs, phaseMs)) }
      if (fit.misses < best.misses) best = fit
    }
  }
  return { family: name, max: best.max, perMs: windowMs, misses: best.misses }
}

function evenPhases(windowMs: number): number[] {
  return Array.from({ length: PHASES }, (_, i) => (i * windowMs) / PHASES)
}

/** A window most likely starts where calls are accepted again. */
function likelyStarts({ points }: Trace): number[] {
  const recoveries = points.flatMap((point, i) => {
    const before = points[i - 1]
    return point.isAccepted && before?.isAccepted === false ? [[before.arrivedAt, point.arrivedAt] as const] : []
  })
  return recoveries.slice(-2).flatMap(([after, until]) => [(after + until) / 2, until, after])
}

/**
 * Finds the maximum that best explains what was accepted and rejected at these counts. A miss is a call that was
 * accepted although the count had reached the maximum, or rejected although it had not.
 */
function bestMaximum({ telling, rejections }: Trace, counts: readonly number[]): { max: number; misses: number } {
  const acceptedAt = new Int32Array(telling.length - rejections)
  const rejectedAt = new Int32Array(rejections)
  let accepted = 0
  for (let i = 0; i < counts.length; i += 1) {
    const count = Math.floor(counts[i] ?? 0)
    if (telling[i]?.isAccepted) acceptedAt[accepted++] = count
    else rejectedAt[i - accepted] = count
  }
  acceptedAt.sort()
  rejectedAt.sort()
  return fewestMisses(acceptedAt, rejectedAt)
}

/** Only a count at which a call was rejected, or one more than the highest accepted count, can be the best maximum. */
function fewestMisses(acceptedAt: Int32Array, rejectedAt: Int32Array): { max: number; misses: number } {
  const above = Math.max(0, acceptedAt.at(-1) ?? 0) + 1
  let best = { max: above, misses: rejectedAt.filter((count) => count < above).length }
  let acceptedBelow = 0
  for (let rejectedBelow = 0; rejectedBelow < rejectedAt.length; rejectedBelow += 1) {
    const max = rejectedAt[rejectedBelow] ?? 0
    if (max < 1 || max === rejectedAt[rejectedBelow - 1]) continue
    while (acceptedBelow < acceptedAt.length && (acceptedAt[acceptedBelow] ?? 0) < max) acceptedBelow += 1
    const misses = acceptedAt.length - acceptedBelow + rejectedBelow
    if (misses < best.misses || (misses === best.misses && max > best.max)) best = { max, misses }
  }
  return best
}
