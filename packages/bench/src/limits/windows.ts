import type { LimitRule } from '@sluice/engine'
import type { Arrival } from './upstream.ts'

function costOf({ tokens }: Arrival, unit: string): number {
  return unit === 'requests' ? 1 : tokens
}

/** Returns the most of a rule's unit that arrived in any window of the rule's length. */
export function mostInAnyWindow(arrivals: readonly Arrival[], { unit, perMs }: LimitRule): number {
  let most = 0
  let sum = 0
  let first = 0
  for (const arrival of arrivals) {
    sum += costOf(arrival, unit)
    while (arrivals[first]!.at <= arrival.at - perMs) {
      sum -= costOf(arrivals[first]!, unit)
      first += 1
    }
    most = Math.max(most, sum)
  }
  return most
}

/** Returns the used share of a rule. Counting starts after the first window, because that one may fill at once. */
export function usedShare(arrivals: readonly Arrival[], { unit, max, perMs }: LimitRule, windows: number): number {
  const from = (arrivals[0]?.at ?? 0) + perMs
  const until = from + windows * perMs
  const sum = arrivals
    .filter(({ at }) => at >= from && at < until)
    .reduce((total, arrival) => total + costOf(arrival, unit), 0)
  return sum / (max * windows)
}
