import type { LimiterFit } from './fit-windows.ts'
import type { Trace } from './trace.ts'

/** The time between two moments at which the bucket was empty. */
interface Span {
  accepted: number
  elapsedMs: number
}

const RATE_STEPS = 24
const PER_MS = 1000
const MAX_SLACK = 0.9

/**
 * Finds the token bucket that fits best. Between two moments at which it was empty, a bucket accepts exactly its
 * inflow, unless it overflows. So spans of different lengths with the same rate indicate a bucket, and the longest
 * spans give its rate most precisely.
 */
export function fitBucket(trace: Trace): LimiterFit | undefined {
  const spans = spansOf(trace)
  const rates = ratesToTry(spans)
  const bursts = burstsToTry(trace)
  let best: LimiterFit | undefined
  for (const rate of rates) {
    for (const burst of bursts(rate)) {
      const misses = missesOf(trace, rate, burst)
      if (best === undefined || misses < best.misses) {
        best = { family: 'token_bucket', max: rate * PER_MS, perMs: PER_MS, burst, misses }
      }
    }
  }
  return best
}

/** Each rejection marks a moment at which the bucket was empty. Of rejections in a row, only the first counts. */
function spansOf({ points }: Trace): Span[] {
  const empties: { at: number; before: number }[] = []
  for (const { arrivedAt, isAccepted, acceptedBefore } of points) {
    if (isAccepted || empties.at(-1)?.before === acceptedBefore) continue
    empties.push({ at: arrivedAt, before: acceptedBefore })
  }
  return empties.flatMap((from, i) =>
    [1, 2, 4, 8].flatMap((distance) => {
      const to = empties[i + distance]
      return to ? [{ accepted: to.before - from.before, elapsedMs: to.at - from.at }] : []
    }),
  )
}

/** A span of n calls gives the rate with a relative error of 1 ÷ n, so spans of many calls are tried. */
function ratesToTry(spans: readonly Span[]): number[] {
  const telling = spans.filter(({ accepted, elapsedMs }) => accepted > 0 && elapsedMs > 0)
  const most = telling.toSorted((a, b) => b.accepted - a.accepted).slice(0, 12)
  const longest = telling.toSorted((a, b) => b.elapsedMs - a.elapsedMs).slice(0, 6)
  const ratios = [...most, ...longest].map(({ accepted, elapsedMs }) => accepted / elapsedMs)
  if (ratios.length === 0) return []
  const low = Math.min(...ratios) * 0.95
  const high = Math.max(...ratios) * 1.05
  const spread = Array.from({ length: RATE_STEPS }, (_, i) => low * (high / low) ** (i / (RATE_STEPS - 1)))
  return [...new Set([...spread, ...ratios, ...ratios.map(toNiceRate)])]
}

/** Rounds to a whole number of calls per second or per minute. */
function toNiceRate(perMs: number): number {
  const perSecond = perMs * 1000
  return perSecond >= 3 ? Math.round(perSecond) / 1000 : Math.max(1, Math.round(perSecond * 60)) / 60_000
}

/** The capacity of the bucket is about what the first drain took, minus the inflow meanwhile. */
function burstsToTry({ points }: Trace): (rate: number) => number[] {
  const [first] = points
  const rejected = points.find(({ isAccepted }) => !isAccepted)
  const taken = rejected?.acceptedBefore ?? 0
  const elapsedMs = (rejected?.arrivedAt ?? 0) - (first?.arrivedAt ?? 0)
  return (rate) => {
    const about = Math.max(1, Math.round(taken - rate * elapsedMs))
    const wider = [0.8, 0.9, 0.95, 1.05, 1.1, 1.25, 1.5, 2].map((factor) => Math.round(about * factor))
    return [...new Set([about - 1, about, about + 1, ...wider])].filter((burst) => burst >= 1)
  }
}

/** Counts the calls that such a bucket would have treated differently. The level follows what actually happened. */
function missesOf({ points, toleranceMs }: Trace, rate: number, burst: number): number {
  // A slack of a whole call would accept everything.
  const slack = Math.min(MAX_SLACK, rate * toleranceMs) + 1e-9
  let level = burst
  let misses = 0
  let lastAt = points[0]?.arrivedAt ?? 0
  for (const { arrivedAt, isAccepted } of points) {
    level = Math.min(burst, level + rate * Math.max(0, arrivedAt - lastAt))
    lastAt = arrivedAt
    if (isAccepted) {
      if (level < 1 - slack) misses += 1
      level = Math.max(0, level - 1)
    } else if (level >= 1 + slack) {
      misses += 1
      level = 1
    }
  }
  return misses
}
