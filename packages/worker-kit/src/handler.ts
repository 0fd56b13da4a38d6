/** The log of a worker and its handlers. It has the shape of pino, so any pino logger fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A log that drops everything. */
export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** HTTP defaults of a queue. The `http` handler applies them to each task's payload. */
export interface HttpDefaults {
  /** Timeout of one call, in ms. Default 30,000. */
  timeoutMs?: number | undefined
  /** Headers sent with every call. A task's own header of the same name takes precedence. */
  headers?: Record<string, string> | undefined
  /**
   * Hosts that tasks may call: `api.example.com` (any port), `api.example.com:8443` or `*.example.com`. Default: all.
   */
  hosts?: readonly string[] | undefined
  /** Names of the secrets that headers may contain as `${secret:NAME}`. The worker decides where they may be sent. Default: none. */
  secrets?: readonly string[] | undefined
  /** Hosts that receive the `traceparent` of the attempt, written like `hosts`. Default: none. */
  propagateTrace?: readonly string[] | undefined
}

/** What a handler knows about its attempt. */
export interface HandlerContext {
  batchId: string
  queue: string
  seq: number
  /** The client's own id of the task, if it set one. */
  key: string | undefined
  /**
   * Identifies the task for its upstream: the same in every attempt, also after the task is retried by a client, and
   * different for every other task.
   */
  idempotencyKey: string
  /**
   * The trace of the request that created the batch, with a span id of this attempt: the value of a `traceparent` header.
   * Undefined if that request had none.
   */
  traceparent: string | undefined
  /** 1 for the first attempt. */
  attempt: number
  maxAttempts: number
  /** Aborted when the attempt times out, its batch is cancelled or interrupted with `abort`, or the worker stops. */
  signal: AbortSignal
  /** When the attempt times out. */
  deadline: Date
  /** The log of the worker. Each entry names the attempt: `batchId`, `queue`, `seq`, `key` and `attempt`. */
  log: Logger
  http: HttpDefaults
  /**
   * Reports what the call weighed, by unit: `settle({ tokens: 950 })`. The limit of the queue is corrected from the
   * weights it booked to these. The last value of a unit counts. Has no effect on a queue without a limit.
   */
  readonly settle: (weights: Readonly<Record<string, number>>) => void
  /**
   * Reports that the upstream accepted this call and wants no other for `ms`. The limit of the queue is paused for that
   * time, in all processes. Has no effect on a queue without a limit. For a call that was refused, throw
   * `RateLimitedError` instead.
   */
  readonly pause: (ms: number) => void
}

/**
 * Runs one attempt of a task. The return value is recorded as the result, as JSON; `undefined` becomes `null`. Throw
 * `NonRetryableError`, `RateLimitedError` or `OverloadedError` to say what a failure means. Any other error is retried.
 */
export type Handler = (payload: unknown, context: HandlerContext) => unknown

/** Handlers by task type. */
export type Handlers = Readonly<Record<string, Handler>>
