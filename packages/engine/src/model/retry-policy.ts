import type { RetryPolicy } from './batch.ts'

/** A policy of which some fields are given. Where only one bound of the delay is, the other gives way to it. */
export function completeRetry(defaults: RetryPolicy, given: Partial<RetryPolicy> = {}): RetryPolicy {
  const { maxAttempts = defaults.maxAttempts, minDelayMs, maxDelayMs } = given
  const least = minDelayMs ?? Math.min(defaults.minDelayMs, maxDelayMs ?? Infinity)
  return { maxAttempts, minDelayMs: least, maxDelayMs: Math.max(least, maxDelayMs ?? defaults.maxDelayMs) }
}
