import type { DetectionResult, FoundRate } from './detection-result.ts'

/** The share of a measured rate that is recommended, and of one that could not be verified. */
export const SHARE_OF_RATE = 0.9
export const SHARE_OF_UNVERIFIED_RATE = 0.7
const SHARE_OF_CONCURRENCY = 0.8

/** From this maximum on, 90% is rounded down to whole calls. Below it, the window becomes longer instead. */
const MIN_ROUNDED_MAX = 10

/** Recommends settings slightly below the measured limits. */
export function recommend(
  rate: FoundRate | null,
  concurrency: number | null,
  share = SHARE_OF_RATE,
): DetectionResult['recommended'] {
  return {
    limit: rate === null ? null : { rules: [ruleFor(rate, share)], burstFactor: burstFactorFor(rate) },
    concurrency: concurrency === null ? null : Math.max(1, Math.floor(concurrency * SHARE_OF_CONCURRENCY)),
  }
}

function ruleFor({ max, perMs }: FoundRate, share: number): { unit: 'requests'; max: number; perMs: number } {
  const reduced = Math.floor(max * share + 1e-9)
  if (reduced >= MIN_ROUNDED_MAX) return { unit: 'requests', max: reduced, perMs: Math.ceil(perMs) }
  // At least one whole call. The window grows with it, so the rate keeps its share.
  const whole = Math.max(1, Math.floor(max + 1e-9))
  return { unit: 'requests', max: whole, perMs: Math.ceil((perMs * whole) / (max * share)) }
}

/**
 * At twice the even rate, the calls of a window are sent in half of its time, so the bucket must hold half of them. A
 * bucket with a smaller capacity requires evenly spaced calls.
 */
function burstFactorFor(rate: FoundRate): number {
  return rate.burst === null || rate.burst >= rate.max / 2 ? 2 : 1
}
