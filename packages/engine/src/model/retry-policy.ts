/** How often a failing task is retried, and with what delay. */
export interface RetryPolicy {
  /** Maximum number of attempts, including the first. 1 to 100, default 3. */
  maxAttempts: number
  /** Upper bound of the delay before the second attempt, in ms. It doubles with each attempt. Default 1,000. */
  minDelayMs: number
  /** The greatest value of that upper bound, in ms. Default 60,000. */
  maxDelayMs: number
}

/** Completes a policy from defaults. If only one bound of the delay is given, the other is adjusted to fit. */
export function completeRetry(defaults: RetryPolicy, given: Partial<RetryPolicy> = {}): RetryPolicy {
  const { maxAttempts = defaults.maxAttempts, minDelayMs, maxDelayMs } = given
  const least = minDelayMs ?? Math.min(defaults.minDelayMs, maxDelayMs ?? Infinity)
  return { maxAttempts, minDelayMs: least, maxDelayMs: Math.max(least, maxDelayMs ?? defaults.maxDelayMs) }
}
