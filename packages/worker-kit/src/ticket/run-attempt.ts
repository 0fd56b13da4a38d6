import type { LeasedTask, Outcome, RetryPolicy } from '@sluice/engine'
import type { Handler, Handlers } from '../handler.ts'
import { AttemptAbortedError, type Abortable, type Abortables } from './abortables.ts'
import { AttemptContext, type AttemptScope } from './attempt-context.ts'
import { failed, succeeded, type Attempt } from './attempt-outcome.ts'

interface Envelope {
  type?: string
  payload?: unknown
  key?: string
  maxAttempts?: number
}

/** The outcome of an attempt; undefined if the attempt was aborted and the task is to be released. */
type AttemptEnd = Outcome | undefined

/**
 * Runs one attempt of a task. Every attempt ends by its deadline: the worker then abandons a handler whose promise has not
 * settled. If the handler returns no promise, the attempt has ended when this function returns.
 */
export function runAttempt(scope: AttemptScope, task: LeasedTask): AttemptEnd | Promise<AttemptEnd> {
  const { retry, attemptTimeoutMs } = scope.settings
  const running = scope.attempts.add(scope.batchId, attemptTimeoutMs)
  const attempt = new RunningAttempt(scope.attempts, running, task, retry)
  try {
    const envelope = JSON.parse(task.envelope) as Envelope
    attempt.maxAttempts = envelope.maxAttempts ?? retry.maxAttempts
    const returned = callHandler(scope, envelope, attempt, running)
    return isThenable(returned) ? attempt.untilSettled(returned) : attempt.succeed(returned)
  } catch (error) {
    return attempt.fail(error)
  }
}

/** Reading a property of a revoked proxy throws. No caller would catch that error, and it would stop the worker. */
class UnreadableError extends Error {
  constructor() {
    super('The handler threw a value that cannot be read.')
  }
}

class RunningAttempt implements Attempt {
  readonly seq: number
  readonly number: number
  readonly retry: RetryPolicy
  maxAttempts: number
  durationMs = 0
  readonly #attempts: Abortables
  readonly #running: Abortable

  constructor(attempts: Abortables, running: Abortable, task: LeasedTask, retry: RetryPolicy) {
    this.#attempts = attempts
    this.#running = running
    this.seq = task.seq
    this.number = task.attempt
    this.retry = retry
    this.maxAttempts = retry.maxAttempts
  }

  /** One promise serves the whole attempt. An async function that awaits the handler's promise would take three. */
  untilSettled(returned: PromiseLike<unknown>): Promise<AttemptEnd> {
    return new Promise((resolve) => {
      const onResult = (result: unknown) => resolve(this.succeed(result))
      const onError = (error: unknown) => resolve(this.fail(error))
      try {
        this.#running.settle(returned, onResult, onError)
      } catch (error) {
        // The `then` of a handler's own kind of promise may throw.
        onError(error)
      }
    })
  }

  succeed(result: unknown): AttemptEnd {
    this.#end()
    try {
      return succeeded(this, result)
    } catch {
      return failed(this, new UnreadableError())
    }
  }

  fail(error: unknown): AttemptEnd {
    this.#end()
    try {
      return error instanceof AttemptAbortedError ? undefined : failed(this, error)
    } catch {
      return failed(this, new UnreadableError())
    }
  }

  #end(): void {
    this.durationMs = elapsedSince(this.#running.startedAt)
    this.#attempts.remove(this.#running)
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

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
}

function elapsedSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 10) / 10
}
