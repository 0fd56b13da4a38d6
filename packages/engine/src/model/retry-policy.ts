/** How often, and how far apart, a failing task is tried again. */
export interface RetryPolicy {
  /** Attempts a task gets, the first included. 1 to 100, default 3. */
  maxAttempts: number
  /** Upper bound of the delay before the second attempt, in ms; it doubles with each attempt. Default 1,000. */
  minDelayMs: number
  /** What the doubling stops at, in ms. Default 60,000. */
  maxDelayMs: number
}

/** A policy of which some fields are given. Where only one bound of the delay is, the other gives way to it. */
export function completeRetry(defaults: RetryPolicy, given: Partial<RetryPolicy> = {}): RetryPolicy {
  const { maxAttempts = defaults.maxAttempts, minDelayMs, maxDelayMs } = given
  const least = minDelayMs ?? Math.min(defaults.minDelayMs, maxDelayMs ?? Infinity)
  return { maxAttempts, minDelayMs: least, maxDelayMs: Math.max(least, maxDelayMs ?? defaults.maxDelayMs) }
}
