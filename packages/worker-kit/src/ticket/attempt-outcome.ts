import {
  failureGroup,
  MAX_NESTING,
  nestsTooDeep,
  type FailedOutcome,
  type LeasedTask,
  type Outcome,
  type RetryPolicy,
} from '@sluice/engine'
import { NonRetryableError } from '../errors.ts'
import { classifyFailure, type Failure } from '../failure/classify-failure.ts'
import { backoffMs, postponementMs, withJitter } from './backoff.ts'

/** Maximum length of a handler's result as JSON text. */
const MAX_RESULT_CHARS = 4 * 1024 * 1024

const MAX_STACK_CHARS = 1000

/** An attempt that has ended. */
export interface Attempt {
  seq: number
  number: number
  maxAttempts: number
  durationMs: number
  retry: RetryPolicy
}

/** The outcome of an attempt whose handler returned. A result that JSON cannot represent makes it a failure. */
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
    return failed(attempt, new NonRetryableError(`The handler's result cannot be stored as JSON: ${reason}`))
  }
}

/** The outcome of an attempt whose handler threw. */
export function failed(attempt: Attempt, thrown: unknown): Outcome {
  const failure = classifyFailure(thrown)
  return {
    ...nextStep(attempt, failure),
    seq: attempt.seq,
    durationMs: attempt.durationMs,
    record: record(attempt, 'error', describe(failure)),
    failureClass: failure.failureClass,
    group: failureGroup(failure),
  }
}

/** The outcome of a task that fails without running, because it can never succeed. */
export function notRun({ seq, attempt }: LeasedTask, retry: RetryPolicy, error: NonRetryableError): Outcome {
  return failed({ seq, number: attempt, maxAttempts: retry.maxAttempts, durationMs: 0, retry }, error)
}

/** Decides what happens to the task. A 429, and a 502 or 503 with Retry-After, postpone it and spend no attempt. */
function nextStep(
  { number, maxAttempts, retry }: Attempt,
  { failureClass, retryable, retryAfterMs = 0 }: Failure,
): Pick<FailedOutcome, 'kind' | 'delayMs' | 'pauseMs'> {
  if (!retryable) return { kind: 'failed', delayMs: 0, pauseMs: 0 }
  const isNamed = retryAfterMs > 0
  if (failureClass === 'rate_limited' || (failureClass === 'overloaded' && isNamed)) {
    const delayMs = isNamed ? withJitter(retryAfterMs) : postponementMs(retry)
    return { kind: 'postponed', delayMs, pauseMs: retryAfterMs }
  }
  if (number >= maxAttempts) return { kind: 'failed', delayMs: 0, pauseMs: 0 }
  return { kind: 'retry', delayMs: backoffMs(retry, number), pauseMs: 0 }
}

function describe({ failureClass, message, status, stack }: Failure) {
  return {
    failureClass,
    message,
    ...(status !== undefined && { status }),
    // A stack locates a bug in a handler's own code. For a rejected call it says nothing.
    ...(failureClass === 'handler' && stack !== undefined && { stack: stack.slice(0, MAX_STACK_CHARS) }),
  }
}

function record({ number, durationMs }: Attempt, kind: 'result' | 'error', value: unknown): string {
  const json = JSON.stringify(value) ?? 'null'
  if (json.length > MAX_RESULT_CHARS) {
    throw new Error(`it is ${json.length} characters long; the maximum is ${MAX_RESULT_CHARS}`)
  }
  if (nestsTooDeep(json)) throw new Error(`it nests deeper than ${MAX_NESTING} levels`)
  return `{"ms":${durationMs},"attempt":${number},"${kind}":${json}}`
}
