/** How often a failing task is retried, how long it may be postponed, and with what delays. */
export interface RetryPolicy {
  /** Maximum number of attempts, including the first. 1 to 100, default 3. */
  maxAttempts: number
  /** Upper bound of the delay before the second attempt, in ms. It doubles with each attempt. Default 1,000. */
  minDelayMs: number
  /** The greatest value of that upper bound, in ms. Default 60,000. */
  maxDelayMs: number
  /**
   * How long the upstream may postpone a task, in ms from its first postponement, its resumption or its retry. A refusal
   * after that time fails the task. 0: the first refusal does. Default: a day.
   */
  maxPostponedMs: number
}

/** A policy as fields of a batch. */
export function encodeRetry({ maxAttempts, minDelayMs, maxDelayMs, maxPostponedMs }: RetryPolicy) {
  return {
    max_attempts: maxAttempts,
    min_delay_ms: minDelayMs,
    max_delay_ms: maxDelayMs,
    max_postponed_ms: maxPostponedMs,
  }
}

/** Completes a policy from defaults. If only one bound of the delay is given, the other is adjusted to fit. */
export function completeRetry(defaults: RetryPolicy, given: Partial<RetryPolicy> = {}): RetryPolicy {
  const { maxAttempts = defaults.maxAttempts, minDelayMs, maxDelayMs } = given
  const { maxPostponedMs = defaults.maxPostponedMs } = given
  const least = minDelayMs ?? Math.min(defaults.minDelayMs, maxDelayMs ?? Infinity)
  const greatest = Math.max(least, maxDelayMs ?? defaults.maxDelayMs)
  return { maxAttempts, minDelayMs: least, maxDelayMs: greatest, maxPostponedMs }
}
