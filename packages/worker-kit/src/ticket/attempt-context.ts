import type { RunSettings } from '@sluice/engine'
import { ABORT_SOURCE } from '../abort-source.ts'
import type { HandlerContext, Handlers, HttpDefaults, Logger } from '../handler.ts'
import type { LimitReport } from '../limit/limit-report.ts'
import type { Abortable, Abortables } from './abortables.ts'
import { AttemptLog } from './attempt-log.ts'
import type { Attempt } from './attempt-outcome.ts'
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

/** What a handler gets. Most handlers read only a few of these, and creating all of them would cost more than the rest. */
export class AttemptContext implements HandlerContext {
  readonly batchId: string
  readonly queue: string
  readonly seq: number
  readonly key: string | undefined
  readonly attempt: number
  readonly maxAttempts: number
  readonly http: HttpDefaults
  readonly [ABORT_SOURCE]: Abortable
  readonly #report: LimitReport
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
    this[ABORT_SOURCE] = running
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
    return this[ABORT_SOURCE].signal
  }

  get deadline(): Date {
    return new Date(performance.timeOrigin + this[ABORT_SOURCE].endsAt)
  }
}
