import type { ChangeQueueBody, RequestErrorView } from '@sluice/contracts'

/** Checks what the schema of a retry policy cannot. A single bound is always valid: it adjusts the default of the other. */
export function checkRetryPolicy({
  minDelayMs,
  maxDelayMs,
}: NonNullable<ChangeQueueBody['retry']> = {}): RequestErrorView[] {
  if (typeof minDelayMs !== 'number' || typeof maxDelayMs !== 'number' || minDelayMs <= maxDelayMs) return []
  return [{ path: 'body/retry/minDelayMs', message: `must be at most maxDelayMs, ${maxDelayMs}`, value: minDelayMs }]
}
