import type { LimiterFit } from './fit-windows.ts'
import { roundestRate } from './round-rate.ts'
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
 * spans give its rate most precisely. Of equally good rates, the roundest one is chosen.
 */
export function fitBucket(trace: Trace): LimiterFit | undefined {
  const coarse = ratesToTry(spansOf(trace)).map((rate) => fitRate(trace, rate))
  const fine = between(coarse).map((rate) => fitRate(trace, rate))
  const fits = [...coarse, ...fine]
  const misses = Math.min(...fits.map((fit) => fit.misses))
  const rates = fits.filter((fit) => fit.misses === misses).map(({ rate }) => rate)
  if (rates.length === 0) return undefined
  const range: [number, number] = [Math.min(...rates) * PER_MS, Math.max(...rates) * PER_MS]
  const max = roundestRate(...range)
  // The rounded rate may lie between two of the rates that were tried.
  const rounded = fitRate(trace, max / PER_MS)
  return {
    family: 'token_bucket',
    max,
    perMs: PER_MS,
    burst: rounded.burst,
    misses: Math.max(misses, rounded.misses),
    range,
  }
}

interface RateFit {
  rate: number
  burst: number
  misses: number
}

/** Finds the capacity that fits best with this rate, in calls per ms. */
function fitRate(trace: Trace, rate: number): RateFit {
  const fits = burstsToTry(trace, rate).map((burst) => ({ rate, burst, misses: missesOf(trace, rate, burst) }))
  return fits.reduce((best, fit) => (fit.misses < best.misses ? fit : best))
}

/** Returns further rates around those that fit best. */
function between(fits: readonly RateFit[]): number[] {
  const sorted = fits.toSorted((a, b) => a.rate - b.rate)
  const fewest = Math.min(...fits.map(({ misses }) => misses))
  const first = sorted.findIndex(({ misses }) => misses === fewest)
  const last = sorted.findLastIndex(({ misses }) => misses === fewest)
  const low = (sorted[first - 1] ?? sorted[first])?.rate
  const high = (sorted[last + 1] ?? sorted[last])?.rate
  return low === undefined || high === undefined ? [] : spread(low, high)
}

function spread(low: number, high: number): number[] {
  return Array.from({ length: RATE_STEPS }, (_, i) => low * (high / low) ** (i / (RATE_STEPS - 1)))
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
  return [...new Set([...spread(Math.min(...ratios) * 0.95, Math.max(...ratios) * 1.05), ...ratios])]
}

/** Growth of the capacities to try, above the smallest one that explains what was accepted. */
const WIDER = [1, 1.05, 1.1, 1.25, 1.5, 2]

/** The capacity is at least the most calls that were ever accepted beyond the inflow. */
function burstsToTry({ points, toleranceMs }: Trace, rate: number): number[] {
  let used = 0
  let most = 1
  let lastAt = points[0]?.arrivedAt ?? 0
  for (const { arrivedAt, isAccepted } of points) {
    used = Math.max(0, used - rate * Math.max(0, arrivedAt - lastAt))
    lastAt = arrivedAt
    if (isAccepted) used += 1
    most = Math.max(most, used)
  }
  const least = Math.max(1, Math.ceil(most - slackOf(rate, toleranceMs)))
  return [...new Set([...WIDER.map((factor) => Math.round(least * factor)), least + 1, least + 2])]
}

/** A slack of a whole call would accept everything. */
function slackOf(rate: number, toleranceMs: number): number {
  return Math.min(MAX_SLACK, rate * toleranceMs) + 1e-9
}

/** Counts the calls that such a bucket would have treated differently. The level follows what actually happened. */
function missesOf({ points, toleranceMs }: Trace, rate: number, burst: number): number {
  const slack = slackOf(rate, toleranceMs)
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
