/** What a handler logs with: pino's shape, so any pino logger fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** HTTP defaults of a queue, which the `http` handler fills into each task's payload. */
export interface HttpDefaults {
  /** Time one call may take, in ms. Default 30,000. */
  timeoutMs?: number | undefined
  /** Headers sent with every call; a task's own header of the same name wins. */
  headers?: Record<string, string> | undefined
  /**
   * Hosts that `${secret:NAME}` may be sent to: `api.example.com` (any port) or `api.example.com:8443`. No wildcards.
   * Default: none.
   */
  secretHosts?: readonly string[] | undefined
}

/** What a handler knows about the attempt it makes. */
export interface HandlerContext {
  batchId: string
  queue: string
  seq: number
  /** The client's own id of the task, when it gave one. */
  key: string | undefined
  /** 1 for the first attempt. */
  attempt: number
  maxAttempts: number
  /** Aborted when the attempt times out, its batch is cancelled, or the worker shuts down. */
  signal: AbortSignal
  /** When the attempt times out. */
  deadline: Date
  log: Logger
  http: HttpDefaults
  /**
   * Says what the call really cost of the limit its queue is under, by unit: `settle({ tokens: 950 })`. The last word
   * counts, for what is still within the windows of the limit. Without a limit it does nothing.
   */
  settle(weights: Readonly<Record<string, number>>): void
  /**
   * Says that the upstream took this call, and wants no other for so long: nothing starts under the limit of the queue
   * meanwhile, in any process. Without a limit it does nothing. For a call that was refused throw `RateLimitedError`.
   */
  pause(ms: number): void
}

/**
 * Runs one attempt of a task. What it returns is recorded as the result (JSON; `undefined` becomes `null`). Throw
 * `NonRetryableError`, `RateLimitedError` or `OverloadedError` to say what a failure means; anything else is retried.
 */
export type Handler = (payload: unknown, context: HandlerContext) => unknown

/** Handlers by task type. */
export type Handlers = Readonly<Record<string, Handler>>
