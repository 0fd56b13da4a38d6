import type { LeasedTask, Outcome, RetryPolicy } from '@sluice/engine'
import { backoffMs, withJitter } from './backoff.ts'
import { classifyFailure, type Failure } from '../failure/classify-failure.ts'
import { NonRetryableError } from '../errors.ts'
import { failureGroup } from '../failure/failure-group.ts'

/** What a handler returned may take this much room as JSON. */
const MAX_RESULT_CHARS = 4 * 1024 * 1024

const MAX_STACK_CHARS = 1000

/** One ended attempt of a task. */
export interface Attempt {
  seq: number
  number: number
  maxAttempts: number
  durationMs: number
  retry: RetryPolicy
}

/** The outcome of an attempt whose handler returned; a result that JSON cannot hold makes it a failure. */
export function succeeded(attempt: Attempt, result: unknown): Outcome {
  try {
    return {
      kind: 'completed',
      seq: attempt.seq,
      durationMs: attempt.durationMs,
      record: record(attempt, 'result', result),
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return failed(attempt, new NonRetryableError(`The handler's result cannot be kept as JSON: ${reason}`))
  }
}

/** The outcome of an attempt that threw. */
export function failed(attempt: Attempt, thrown: unknown): Outcome {
  const failure = classifyFailure(thrown)
  return {
    ...next(attempt, failure),
    seq: attempt.seq,
    durationMs: attempt.durationMs,
    record: record(attempt, 'error', describe(failure)),
    failureClass: failure.failureClass,
    group: failureGroup(failure),
  }
}

/** The outcome of a task that is not run at all, because it never could be. */
export function notRun({ seq, attempt }: LeasedTask, retry: RetryPolicy, error: NonRetryableError): Outcome {
  return failed({ seq, number: attempt, maxAttempts: retry.maxAttempts, durationMs: 0, retry }, error)
}

/** What becomes of the task: 429, and 503 with a Retry-After, are the upstream's "later" and spend no attempt. */
function next(
  { number, maxAttempts, retry }: Attempt,
  { failureClass, retryable, retryAfterMs }: Failure,
): { kind: 'failed' | 'retry' | 'postponed'; delayMs: number; pauseMs: number } {
  if (!retryable) return { kind: 'failed', delayMs: 0, pauseMs: 0 }
  const wasToldWhen = retryAfterMs !== undefined
  if (failureClass === 'rate_limited' || (failureClass === 'overloaded' && wasToldWhen)) {
    const delayMs = wasToldWhen ? withJitter(retryAfterMs) : retry.minDelayMs + backoffMs(retry, number)
    return { kind: 'postponed', delayMs, pauseMs: retryAfterMs ?? 0 }
  }
  if (number >= maxAttempts) return { kind: 'failed', delayMs: 0, pauseMs: 0 }
  return { kind: 'retry', delayMs: backoffMs(retry, number), pauseMs: 0 }
}

function describe({ failureClass, message, status, stack }: Failure) {
  return {
    failureClass,
    message,
    ...(status !== undefined && { status }),
    // Where a handler's own code broke is worth keeping; the stack of a refused call says nothing.
    ...(failureClass === 'handler' && stack !== undefined && { stack: stack.slice(0, MAX_STACK_CHARS) }),
  }
}

function record({ number, durationMs }: Attempt, kind: 'result' | 'error', value: unknown): string {
  const json = JSON.stringify(value) ?? 'null'
  if (json.length > MAX_RESULT_CHARS) {
    throw new Error(`it has ${json.length} characters, and at most ${MAX_RESULT_CHARS} are kept`)
  }
  return `{"ms":${durationMs},"attempt":${number},"${kind}":${json}}`
}
