import type { DetectionResult, FoundRate } from './detection-result.ts'

/** What is recommended of a rate. */
export const SHARE_OF_RATE = 0.9
const SHARE_OF_CONCURRENCY = 0.8

/** From here on a tenth is a whole number of calls; below it the window is made longer instead. */
const MIN_ROUNDED_MAX = 10

/** Settings that stay a little below what was found. */
export function recommend(rate: FoundRate | null, concurrency: number | null): DetectionResult['recommended'] {
  return {
    limit: rate === null ? null : { rules: [ruleFor(rate)], burstFactor: burstFactorFor(rate) },
    concurrency: concurrency === null ? null : Math.max(1, Math.floor(concurrency * SHARE_OF_CONCURRENCY)),
  }
}

function ruleFor({ max, perMs }: FoundRate): { unit: 'requests'; max: number; perMs: number } {
  const reduced = Math.floor(max * SHARE_OF_RATE + 1e-9)
  if (reduced >= MIN_ROUNDED_MAX) return { unit: 'requests', max: reduced, perMs: Math.ceil(perMs) }
  // Rounded up only where it costs nothing: the window grows with it.
  const whole = Math.max(1, Math.floor(max + 1e-9))
  return { unit: 'requests', max: whole, perMs: Math.ceil((perMs * whole) / (max * SHARE_OF_RATE)) }
}

/**
 * At twice the even pace a window of calls is sent in half the time, and half of it must be in the bucket by then. One
 * that holds less is given its calls evenly.
 */
function burstFactorFor(rate: FoundRate): number {
  return rate.burst === null || rate.burst >= rate.max / 2 ? 2 : 1
}
