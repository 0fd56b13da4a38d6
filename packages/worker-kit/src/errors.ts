/**
 * Why an attempt failed: `rate_limited` (429), `overloaded` (502, 503), `timeout` (408 and timeouts), `network`, `auth`
 * (401, 403), `invalid` (other 4xx), `server` (other 5xx), `handler` (any other error a handler threw) or `worker_lost`
 * (the worker died).
 */
export type FailureClass =
  | 'rate_limited'
  | 'overloaded'
  | 'timeout'
  | 'network'
  | 'auth'
  | 'invalid'
  | 'server'
  | 'handler'
  | 'worker_lost'

/** What a failed attempt means for its task and its batch. */
export interface FailureMeaning {
  failureClass: FailureClass
  /** Whether another attempt may succeed. */
  retryable: boolean
  /** The HTTP status that caused the failure, if any. */
  status?: number | undefined
  /** How long the upstream asked to wait, in ms. */
  retryAfterMs?: number | undefined
}

/**
 * Marks an error that carries its `FailureMeaning`. The symbol is global, so it also marks errors of another copy of
 * this package, for which `instanceof` fails.
 */
export const carriesMeaning: unique symbol = Symbol.for('@sluice/worker-kit/carries-meaning')

/** Options of all errors below. */
export interface HandlerErrorOptions extends ErrorOptions {
  /** Default: the class of `status`, or `handler` without a status. */
  failureClass?: FailureClass | undefined
  /** The HTTP status that caused the error. */
  status?: number | undefined
}

/** The base class of the errors by which a handler says what a failure means. */
export abstract class HandlerError extends Error implements FailureMeaning {
  readonly [carriesMeaning] = true
  abstract readonly retryable: boolean
  readonly failureClass: FailureClass
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: HandlerErrorOptions & { retryAfterMs?: number | undefined } = {}) {
    super(message, options)
    this.status = options.status
    this.failureClass = options.failureClass ?? classOfStatus(options.status) ?? 'handler'
    this.retryAfterMs = options.retryAfterMs
  }

  override get name() {
    return this.constructor.name
  }
}

/** The task can never succeed as it is. It fails at once, even if it has attempts left. */
export class NonRetryableError extends HandlerError {
  readonly retryable = false
}

/** The attempt failed, and another attempt may succeed. Any other error means the same, without a class or a status. */
export class RetryableError extends HandlerError {
  readonly retryable = true
}

/**
 * The upstream rejected the call because of a rate limit (HTTP 429). The task is postponed and spends no attempt. With
 * `retryAfterMs`, the limit of its queue is paused for that time, for all workers; without a limit, its batch is. Without
 * `retryAfterMs`, or if that is 0, one task probes when the upstream accepts calls again.
 */
export class RateLimitedError extends HandlerError {
  readonly retryable = true

  constructor(
    retryAfterMs?: number,
    message = 'The upstream rejected the call because of a rate limit.',
    options: HandlerErrorOptions = {},
  ) {
    super(message, { failureClass: 'rate_limited', ...options, retryAfterMs })
  }
}

/**
 * The upstream is too busy (HTTP 502, 503). Without `retryAfterMs` the task is retried; with it, the task is postponed
 * as for `RateLimitedError`.
 */
export class OverloadedError extends HandlerError {
  readonly retryable = true

  constructor(message = 'The upstream is overloaded.', retryAfterMs?: number, options: HandlerErrorOptions = {}) {
    super(message, { failureClass: 'overloaded', ...options, retryAfterMs })
  }
}

/** The failure class of an HTTP status, or `undefined` if the status is not a failure. */
export function classOfStatus(status: number | undefined): FailureClass | undefined {
  if (status === undefined || !(status >= 400 && status < 600)) return undefined
  if (status === 429) return 'rate_limited'
  if (status === 502 || status === 503) return 'overloaded'
  if (status === 401 || status === 403) return 'auth'
  if (status === 408) return 'timeout'
  return status < 500 ? 'invalid' : 'server'
}

/** Whether the same request may succeed later. A request that is invalid or not authorized will not. */
export function isRetryableClass(failureClass: FailureClass): boolean {
  return failureClass !== 'auth' && failureClass !== 'invalid'
}
