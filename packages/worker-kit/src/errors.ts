/**
 * Why an attempt failed. Taken from types and status codes: `rate_limited` (429), `overloaded` (502, 503), `timeout`,
 * `network`, `auth` (401, 403), `invalid` (other 4xx), `server` (other 5xx), `handler` (anything a handler threw
 * without saying more), `worker_lost` (its worker died).
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

/** What a failed attempt means to its task and its batch. */
export interface FailureMeaning {
  failureClass: FailureClass
  /** Whether another attempt may succeed. */
  retryable: boolean
  /** The HTTP status behind the failure, if there was one. */
  status?: number | undefined
  /** How long the upstream asked to be left alone, in ms. */
  retryAfterMs?: number | undefined
}

/**
 * Marks an error that carries its `FailureMeaning`. Registered by name, so that errors count that a user's own
 * copy of this package made: `instanceof` would not know them.
 */
export const carriesMeaning: unique symbol = Symbol.for('@sluice/worker-kit/carries-meaning')

/** What every error below may be given: its cause, and its class or HTTP status when the thrower knows them. */
export interface HandlerErrorOptions extends ErrorOptions {
  /** Default: the class of `status`, else `handler`. */
  failureClass?: FailureClass | undefined
  status?: number | undefined
}

/** The root of the errors by which a handler says what a failure means. */
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

/** The task can never succeed as it is: it fails at once, whatever attempts it has left. */
export class NonRetryableError extends HandlerError {
  readonly retryable = false
}

/** The attempt failed in a way that another one may not. Anything else a handler throws means the same, but says less. */
export class RetryableError extends HandlerError {
  readonly retryable = true
}

/**
 * The upstream said "too many" (HTTP 429): the task is postponed without spending an attempt. With `retryAfterMs` the
 * limit its queue is under is paused for that long, for every worker.
 */
export class RateLimitedError extends HandlerError {
  readonly retryable = true

  constructor(
    retryAfterMs?: number,
    message = 'The upstream is limiting our rate.',
    options: HandlerErrorOptions = {},
  ) {
    super(message, { failureClass: 'rate_limited', ...options, retryAfterMs })
  }
}

/** The upstream is too busy (HTTP 502, 503): the attempt failed and is repeated, not before `retryAfterMs`. */
export class OverloadedError extends HandlerError {
  readonly retryable = true

  constructor(message = 'The upstream is overloaded.', retryAfterMs?: number, options: HandlerErrorOptions = {}) {
    super(message, { failureClass: 'overloaded', ...options, retryAfterMs })
  }
}

/** The failure class of an HTTP status; `undefined` for statuses that are no failure. */
export function classOfStatus(status: number | undefined): FailureClass | undefined {
  if (status === undefined || !(status >= 400 && status < 600)) return undefined
  if (status === 429) return 'rate_limited'
  if (status === 502 || status === 503) return 'overloaded'
  if (status === 401 || status === 403) return 'auth'
  if (status === 408) return 'timeout'
  return status < 500 ? 'invalid' : 'server'
}

/** Whether an HTTP failure of this class may pass by itself: a refusal of the request or its key does not. */
export function isRetryableClass(failureClass: FailureClass): boolean {
  return failureClass !== 'auth' && failureClass !== 'invalid'
}
