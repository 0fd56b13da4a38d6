import { DEFAULT_QUEUE, DEFAULT_QUEUE_SETTINGS, type Outcome, type RetryPolicy } from '@sluice/engine'
import type { FailureClass } from '../errors.ts'
import { silent, type Handler, type HttpDefaults, type Logger } from '../handler.ts'
import { LimitReport } from '../limit/limit-report.ts'
import { pauseAfter } from '../limit/report-call.ts'
import { Abortables } from '../ticket/abortables.ts'
import { runAttempt } from '../ticket/run-attempt.ts'

/** The task and its batch, as far as a handler or the outcome depends on them. */
export interface TestAttemptOptions {
  /** The number of the attempt, from 1 to `retry.maxAttempts`. Default 1. */
  attempt?: number
  /** The retry policy of the batch. Default: that of a new queue, with three attempts. */
  retry?: Partial<RetryPolicy>
  /** Maximum duration of the attempt, in ms. Default 600,000, as for a new queue. */
  attemptTimeoutMs?: number
  /** Default `test`. The idempotency key is `<batchId>-<seq>`. */
  batchId?: string
  /** Default 0. */
  seq?: number
  /** The client's own id of the task. Default: none. */
  key?: string
  /** Default `default`. */
  queue?: string
  /** The `traceparent` of the request that created the batch. Default: none. */
  traceparent?: string
  /** The HTTP defaults of the queue, with the secrets that it may use. Default: none. */
  http?: HttpDefaults
  /** Stands for the end of the batch or the worker: aborting it aborts the attempt. Default: nothing aborts it. */
  signal?: AbortSignal
  /** Default: nothing is logged. */
  log?: Logger
}

/** What every attempt tells, however it ended. */
interface EndedAttempt {
  /** How long the handler ran, in ms. */
  durationMs: number
  /** What the limit of the queue would learn. */
  limit: {
    /** The weights that the handler settled, by unit. */
    weights: Readonly<Record<string, number>>
    /** For how long the limit would be paused, in ms. 0: it would not, or the upstream named no time. */
    pauseMs: number
  }
}

/** The handler returned. */
export interface CompletedAttempt extends EndedAttempt {
  kind: 'completed'
  /** The result as it is stored and read again: a `Date` is a string, and `undefined` is `null`. */
  result: unknown
}

/** The handler threw, took too long, or returned what cannot be stored. */
export interface FailedAttempt extends EndedAttempt {
  /** `failed`: the task fails. `retry`: it runs again. `postponed`: it runs again, and spends no attempt. */
  kind: 'failed' | 'retry' | 'postponed'
  /** The error as the API shows it. */
  error: { failureClass: FailureClass; message: string; status?: number; stack?: string }
  /** The text by which a report counts like failures together. */
  group: string
  /**
   * The time until the next attempt, in ms; 0 if there is none. It is partly random. If the upstream refused the call
   * without a time, the engine doubles it with each further refusal.
   */
  delayMs: number
}

/** `signal` was aborted. The task would be released, and would spend no attempt. */
export interface AbortedAttempt extends EndedAttempt {
  kind: 'aborted'
}

/** How an attempt ended. */
export type TestedAttempt = CompletedAttempt | FailedAttempt | AbortedAttempt

/** The handler's task needs a type, and its only handler has it. */
const TYPE = 'test'

/** The longest interval that Node has. */
const FOREVER_MS = 2 ** 31 - 1

/**
 * Runs a handler for one attempt, by the code that a worker runs it with, and returns what the engine would record. It
 * needs no Redis, and never throws what the handler throws. The payload reaches the handler as JSON has it.
 *
 * @throws {RangeError} for an attempt that the retry policy does not have, or a time limit that is not positive.
 */
export async function testAttempt(
  handler: Handler,
  payload: unknown,
  options: TestAttemptOptions = {},
): Promise<TestedAttempt> {
  const retry = { ...DEFAULT_QUEUE_SETTINGS.retry, ...options.retry }
  check(options, retry)
  const report = new LimitReport()
  const startedAt = performance.now()
  const outcome = await attemptOnce(handler, payload, { ...options, retry, report })
  const durationMs = outcome?.durationMs ?? Math.round(performance.now() - startedAt)
  const pauseMs = pauseAfter({ epoch: 0 }, report, outcome)?.retryAfterMs ?? 0
  return describe(outcome, { durationMs, limit: { weights: report.weights, pauseMs } })
}

function check({ attempt = 1, attemptTimeoutMs = 1 }: TestAttemptOptions, { maxAttempts }: RetryPolicy): void {
  if (!Number.isInteger(attempt) || attempt < 1 || attempt > maxAttempts) {
    throw new RangeError(
      `attempt must be a whole number from 1 to retry.maxAttempts, ${maxAttempts}; it is ${attempt}.`,
    )
  }
  if (!(attemptTimeoutMs > 0)) throw new RangeError(`attemptTimeoutMs must be positive; it is ${attemptTimeoutMs}.`)
}

interface AttemptSettings extends TestAttemptOptions {
  retry: RetryPolicy
  report: LimitReport
}

async function attemptOnce(
  handler: Handler,
  payload: unknown,
  {
    attempt: number = 1,
    seq = 0,
    key,
    batchId = 'test',
    http = {},
    log = silent,
    signal,
    report,
    ...rest
  }: AttemptSettings,
): Promise<Outcome | undefined> {
  const { queue = DEFAULT_QUEUE, attemptTimeoutMs = DEFAULT_QUEUE_SETTINGS.attemptTimeoutMs, retry, traceparent } = rest
  const attempts = new Abortables()
  const settings = { version: 1, type: TYPE, types: [TYPE], queue, retry, attemptTimeoutMs, traceparent }
  const scope = { batchId, settings, http, handlers: { [TYPE]: handler }, attempts, log, report }
  const abort = () => attempts.abortAll('The signal of the test was aborted.')
  // The timers of deadlines keep no process alive, and a test that awaits nothing else would end before its deadline.
  const alive = setInterval(() => {}, FOREVER_MS)
  try {
    const running = runAttempt(scope, { seq, attempt: number, envelope: JSON.stringify({ key, payload }) })
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
    return await running
  } finally {
    clearInterval(alive)
    signal?.removeEventListener('abort', abort)
  }
}

function describe(outcome: Outcome | undefined, ended: EndedAttempt): TestedAttempt {
  if (outcome === undefined) return { kind: 'aborted', ...ended }
  const record = JSON.parse(outcome.record) as { result: unknown; error: FailedAttempt['error'] }
  if (outcome.kind === 'completed') return { kind: 'completed', result: record.result, ...ended }
  const { kind, group, delayMs } = outcome
  return { kind, error: record.error, group, delayMs, ...ended }
}
