import type { CompletedOutcome, FailedOutcome } from '../../src/scripts/take-turns.ts'

/** Returns the outcome of a successful attempt. */
export function completed(
  seq: number,
  { durationMs = 1, result = null }: { durationMs?: number; result?: unknown } = {},
): CompletedOutcome {
  return { kind: 'completed', seq, durationMs, record: JSON.stringify({ ms: durationMs, attempt: 1, result }) }
}

interface Failure {
  failureClass?: string
  group?: string
  delayMs?: number
  pauseMs?: number
  isLimited?: boolean
  durationMs?: number
}

/** A delay that outlasts every test. */
export const AN_HOUR_MS = 3_600_000

/** Returns the outcome of an attempt after which the task fails. */
export function failed(seq: number, failure: Failure = {}): FailedOutcome {
  return outcome('failed', seq, { delayMs: 0, ...failure })
}

/** Returns the outcome of a failed attempt that is retried. Default delay: one hour. */
export function retry(seq: number, failure: Failure = {}): FailedOutcome {
  return outcome('retry', seq, failure)
}

/** Returns the outcome of an attempt that the upstream postponed. Default delay: one hour. */
export function postponed(seq: number, failure: Failure = {}): FailedOutcome {
  return outcome('postponed', seq, { failureClass: 'rate_limited', ...failure })
}

function outcome(kind: FailedOutcome['kind'], seq: number, failure: Failure): FailedOutcome {
  const { failureClass = 'server', delayMs = AN_HOUR_MS, pauseMs = 0, durationMs = 1, isLimited = false } = failure
  const { group = `${failureClass} 500: it broke` } = failure
  const record = JSON.stringify({ ms: durationMs, attempt: 1, error: { failureClass, message: 'it broke' } })
  return { kind, seq, durationMs, record, failureClass, group, delayMs, pauseMs, isLimited }
}
