import type { RetryPolicy } from '@sluice/engine'

/**
 * Returns the delay before attempt `attempt + 1`, in ms: a random time up to the policy's minimum delay, doubled for
 * each attempt after the first and capped at its maximum. Full jitter ("Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015) keeps tasks that failed together from retrying together.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (attempt - 1))
  return Math.round(random() * ceiling)
}

/**
 * Lengthens the delay an upstream asked for by up to a tenth, so that tasks it rejected together do not retry together.
 */
export function withJitter(delayMs: number, random: () => number = Math.random): number {
  return Math.ceil(delayMs * (1 + random() * 0.1))
}
