import type { LeasedTask, Outcome, RunSettings } from '@sluice/engine'
import type { Handler, HandlerContext, Handlers, HttpDefaults, Logger } from '../handler.ts'
import type { LimitReport } from '../limit/limit-report.ts'
import { AttemptLog } from './attempt-log.ts'
import { AttemptAbortedError, type Abortable, type Abortables } from './abortables.ts'
import { failed, succeeded, type Attempt } from './attempt-outcome.ts'
import { newSpanIn } from './traceparent.ts'

/** What the attempts of one batch need. */
export interface AttemptScope {
  batchId: string
  settings: RunSettings
  http: HttpDefaults
  handlers: Handlers
  attempts: Abortables
  log: Logger
  /** Collects what the handler reports about the limit of its queue. */
  report: LimitReport
}

interface Envelope {
  type?: string
  payload?: unknown
  key?: string
  maxAttempts?: number
}

/**
 * Runs one attempt of a task and returns its outcome, or undefined if the attempt was aborted and the task is to be
 * released. Settles whatever the handler does: a handler that never settles is abandoned at its deadline.
 */
export async function runAttempt(scope: AttemptScope, task: LeasedTask): Promise<Outcome | undefined> {
  const { retry, attemptTimeoutMs } = scope.settings
  const attempt: Attempt = { seq: task.seq, number: task.attempt, maxAttempts: retry.maxAttempts, durationMs: 0, retry }
  const running = scope.attempts.add(scope.batchId, attemptTimeoutMs)
  try {
    const envelope = JSON.parse(task.envelope) as Envelope
    attempt.maxAttempts = envelope.maxAttempts ?? retry.maxAttempts
    const returned = callHandler(scope, envelope, attempt, running)
    const result = isThenable(returned) ? await running.untilAborted(returned) : returned
    attempt.durationMs = elapsedSince(running.startedAt)
    return succeeded(attempt, result)
  } catch (error) {
    attempt.durationMs = elapsedSince(running.startedAt)
    return error instanceof AttemptAbortedError ? undefined : failed(attempt, error)
  } finally {
    scope.attempts.remove(running)
  }
}

function callHandler(scope: AttemptScope, envelope: Envelope, attempt: Attempt, running: Abortable): unknown {
  const type = envelope.type ?? scope.settings.type
  return findHandler(scope.handlers, type)(envelope.payload, new AttemptContext(scope, envelope.key, attempt, running))
}

function findHandler(handlers: Handlers, type: string): Handler {
  const handler = handlers[type]
  // A worker gets tasks only if it handles all types of their batch.
  if (!handler) throw new Error(`This worker was given a task of type "${type}", and has no handler for it.`)
  return handler
}

/** What a handler gets. Most handlers read only a few of these, and creating all of them would cost more than the rest. */
class AttemptContext implements HandlerContext {
  readonly batchId: string
  readonly queue: string
  readonly seq: number
  readonly key: string | undefined
  readonly attempt: number
  readonly maxAttempts: number
  readonly http: HttpDefaults
  readonly #report: LimitReport
  readonly #running: Abortable
  readonly #log: Logger
  readonly #parent: string | undefined
  #traceparent: string | undefined

  constructor(
    { batchId, settings, http, log, report }: AttemptScope,
    key: string | undefined,
    attempt: Attempt,
    running: Abortable,
  ) {
    this.batchId = batchId
    this.queue = settings.queue
    this.seq = attempt.seq
    this.key = key
    this.attempt = attempt.number
    this.maxAttempts = attempt.maxAttempts
    this.#log = log
    this.#parent = settings.traceparent
    this.http = http
    this.#report = report
    this.#running = running
  }

  get settle(): HandlerContext['settle'] {
    return (weights) => this.#report.settle(weights)
  }

  get pause(): HandlerContext['pause'] {
    return (ms) => this.#report.pause(ms)
  }

  get log(): Logger {
    return new AttemptLog(this.#log, this)
  }

  get idempotencyKey(): string {
    return `${this.batchId}-${this.seq}`
  }

  get traceparent(): string | undefined {
    if (this.#parent !== undefined) this.#traceparent ??= newSpanIn(this.#parent)
    return this.#traceparent
  }

  get signal(): AbortSignal {
    return this.#running.signal
  }

  get deadline(): Date {
    return new Date(performance.timeOrigin + this.#running.endsAt)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
}

function elapsedSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 10) / 10
}
