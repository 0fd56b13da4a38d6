import { oneWayMs, roundTripMs } from './overlap.ts'
import type { Call } from './probe.ts'

/** One call of a trace. */
export interface TracePoint {
  arrivedAt: number
  isAccepted: boolean
  /** The number of calls accepted before this one. */
  acceptedBefore: number
}

/** The calls as the upstream saw them: when they arrived, in order, and which of them it accepted. */
export interface Trace {
  points: readonly TracePoint[]
  /** The arrival times of the accepted calls. */
  acceptedAt: Float64Array
  /** The informative points: all rejections, accepted calls near them, and a sample of the others. */
  telling: readonly TracePoint[]
  /** The largest difference between the actual and the recorded arrival of a call, in ms. */
  toleranceMs: number
  rejections: number
}

/**
 * Builds the trace of calls, without those in `ignored` and those whose outcome says nothing about the rate. If two
 * calls were sent at nearly the same time, their order of arrival is unknown, and a rejected call counts as the later one.
 */
export function buildTrace(calls: readonly Call[], ignored: ReadonlySet<Call>): Trace {
  const toleranceMs = jitterMs(calls)
  const wayMs = oneWayMs(calls) / 1.6
  const place = ({ sentAt, outcome }: Call) => (outcome === 'accepted' ? sentAt : sentAt + toleranceMs)
  const points: TracePoint[] = []
  const acceptedAt: number[] = []
  const isOfRate = ({ outcome }: Call) => outcome === 'accepted' || outcome === 'rejected'
  const counted = calls.filter((call) => isOfRate(call) && !ignored.has(call))
  for (const call of counted.toSorted((a, b) => place(a) - place(b))) {
    const isAccepted = call.outcome === 'accepted'
    const arrivedAt = call.sentAt + wayMs
    points.push({ arrivedAt, isAccepted, acceptedBefore: acceptedAt.length })
    if (isAccepted) acceptedAt.push(Math.max(arrivedAt, acceptedAt.at(-1) ?? 0))
  }
  return {
    points,
    acceptedAt: Float64Array.from(acceptedAt),
    telling: tellingPoints(points),
    toleranceMs,
    rejections: points.length - acceptedAt.length,
  }
}

function jitterMs(calls: readonly Call[]): number {
  const trips = calls
    .filter(({ outcome }) => outcome === 'rejected')
    .map(roundTripMs)
    .toSorted((a, b) => a - b)
  const at = (share: number) => trips[Math.floor((trips.length - 1) * share)] ?? 0
  return Math.max(2, (at(0.95) - at(0.05)) / 2 + 1)
}

const NEAR = 3
const SAMPLES_BETWEEN = 12

/** Samples long rows of accepted calls, because thousands of limiters are tried on each point. */
function tellingPoints(points: readonly TracePoint[]): TracePoint[] {
  const telling: TracePoint[] = []
  for (let from = 0; from < points.length;) {
    let to = from
    while (to < points.length && points[to]?.isAccepted === points[from]?.isAccepted) to += 1
    const row = points.slice(from, to)
    const step = Math.ceil(row.length / SAMPLES_BETWEEN)
    const isKept = (i: number) => i < NEAR || i >= row.length - NEAR || i % step === 0
    telling.push(...(row[0]?.isAccepted ? row.filter((_point, i) => isKept(i)) : row))
    from = to
  }
  return telling
}
