import { seededRandom } from '@sluice/testing/benchmarks'

/** A period with a constant rate of arrivals. */
export interface Phase {
  seconds: number
  /** Requests per second. */
  rate: number
}

/**
 * Returns the times at which requests are sent, in ms from the start: a Poisson process, the same for the same seed.
 * The times do not depend on responses, because independent clients do not wait for each other.
 */
export function schedule(phases: readonly Phase[], seed: number): number[] {
  const random = seededRandom(seed)
  const times: number[] = []
  let start = 0
  for (const { seconds, rate } of phases) {
    const end = start + seconds * 1000
    for (let at = start + gap(random, rate); at < end; at += gap(random, rate)) times.push(at)
    start = end
  }
  return times
}

function gap(random: () => number, rate: number): number {
  return (-Math.log(1 - random()) * 1000) / rate
}
