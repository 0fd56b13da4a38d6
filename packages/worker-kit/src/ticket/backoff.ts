import type { RetryPolicy } from '@sluice/engine'

/**
 * How long to wait before attempt `attempt + 1`, in ms: a random time up to the policy's delay doubled for each attempt
 * so far. Full jitter, as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): tasks that failed together
 * do not come back together.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (attempt - 1))
  return Math.round(random() * ceiling)
}

/** A little more than the upstream asked for, so that tasks it turned away together do not come back together. */
export function withJitter(delayMs: number, random: () => number = Math.random): number {
  return Math.ceil(delayMs * (1 + random() * 0.1))
}
