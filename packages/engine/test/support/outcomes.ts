import type { CompletedOutcome, FailedOutcome } from '../../src/scripts/take-turn.ts'

/** An attempt that went well. */
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
  durationMs?: number
}

/** A delay that no test lives to see the end of. */
export const AN_HOUR_MS = 3_600_000

/** An attempt that failed for good. */
export function failed(seq: number, failure: Failure = {}): FailedOutcome {
  return outcome('failed', seq, { delayMs: 0, ...failure })
}

/** An attempt that failed and is to be tried again: after an hour, unless the test says when. */
export function retry(seq: number, failure: Failure = {}): FailedOutcome {
  return outcome('retry', seq, failure)
}

/** An attempt that the upstream turned away: for an hour, unless the test says for how long. */
export function postponed(seq: number, failure: Failure = {}): FailedOutcome {
  return outcome('postponed', seq, { failureClass: 'rate_limited', ...failure })
}

function outcome(kind: FailedOutcome['kind'], seq: number, failure: Failure): FailedOutcome {
  const { failureClass = 'server', delayMs = AN_HOUR_MS, pauseMs = 0, durationMs = 1 } = failure
  const { group = `${failureClass} 500: it broke` } = failure
  const record = JSON.stringify({ ms: durationMs, attempt: 1, error: { failureClass, message: 'it broke' } })
  return { kind, seq, durationMs, record, failureClass, group, delayMs, pauseMs }
}
