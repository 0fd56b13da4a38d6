import type { RetryPolicy } from '@sluice/engine'

/** Even a policy without delays does not call an upstream again at once that has refused a call. */
const MIN_POSTPONEMENT_MS = 250

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
 * Returns how long a call is postponed that the upstream refused without a time, in ms: the policy's minimum delay, at
 * least 250 ms, and up to as much again at random. `take-turns` doubles it with each further refusal of the task.
 */
export function postponementMs({ minDelayMs }: RetryPolicy, random: () => number = Math.random): number {
  return Math.round(Math.max(minDelayMs, MIN_POSTPONEMENT_MS) * (1 + random()))
}

/**
 * Lengthens the delay an upstream asked for by up to a tenth, so that tasks it rejected together do not retry together.
 */
export function withJitter(delayMs: number, random: () => number = Math.random): number {
  return Math.ceil(delayMs * (1 + random() * 0.1))
}
