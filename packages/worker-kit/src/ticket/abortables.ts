import type { AbortListener, AbortSource } from '../abort-source.ts'
import { Deadlines, Expiring } from '../deadlines.ts'
import { RetryableError } from '../errors.ts'

/**
 * Why an attempt or a wait was aborted: its batch stopped, or its worker stops. The task is released and does not fail.
 */
export class AttemptAbortedError extends Error {
  override readonly name = 'AttemptAbortedError'
}

/** The attempt exceeded its timeout. */
export class AttemptTimeoutError extends RetryableError {
  constructor(timeoutMs: number) {
    super(`The attempt exceeded its timeout of ${timeoutMs} ms.`, { failureClass: 'timeout' })
  }
}

/** An attempt that runs, or a task that waits for its permit: work for a batch that can be aborted. */
export class Abortable extends Expiring implements AbortSource {
  readonly batchId: string
  readonly timeoutMs: number
  /** A time of `performance.now()`. */
  readonly startedAt = performance.now()
  /** Created only for handlers that read the signal. It took an eighth of the time of a no-op attempt. */
  #controller: AbortController | undefined
  #abortedBy: Error | undefined
  #onAbort: ((reason: Error) => void) | undefined
  readonly #listeners: AbortListener[] = []

  constructor(batchId: string, timeoutMs: number) {
    super()
    this.batchId = batchId
    this.timeoutMs = timeoutMs
  }

  get endsAt(): number {
    return this.startedAt + this.timeoutMs
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#abortedBy) this.#controller.abort(this.#abortedBy)
    return this.#controller.signal
  }

  /** The first reason counts. */
  abort(reason: Error): void {
    if (this.#abortedBy) return
    this.#abortedBy = reason
    this.#controller?.abort(reason)
    for (const listener of this.#listeners.splice(0)) listener.onAbort(reason)
    this.#onAbort?.(reason)
  }

  get abortedBy(): Error | undefined {
    return this.#abortedBy
  }

  listen(listener: AbortListener): void {
    this.#listeners.push(listener)
  }

  unlisten(listener: AbortListener): void {
    const at = this.#listeners.indexOf(listener)
    if (at !== -1) this.#listeners.splice(at, 1)
  }

  expire(): void {
    this.abort(new AttemptTimeoutError(this.timeoutMs))
  }

  /**
   * Calls one of two functions, once: as the promise settles, or `onError` with the reason of the abort if that comes
   * first.
   */
  settle<T>(promise: PromiseLike<T>, onResult: (result: T) => void, onError: (error: unknown) => void): void {
    if (this.#abortedBy) {
      promise.then(undefined, () => {})
      return onError(this.#abortedBy)
    }
    this.#onAbort = onError
    promise.then(
      (result) => this.#abortedBy ?? onResult(result),
      (error: unknown) => this.#abortedBy ?? onError(error),
    )
  }
}

/** The abortable work of a process. Work can be aborted by batch or all together, and is aborted at its timeout. */
export class Abortables {
  readonly #abortables = new Deadlines<Abortable>()

  add(batchId: string, timeoutMs = Infinity): Abortable {
    const abortable = new Abortable(batchId, timeoutMs)
    this.#abortables.add(abortable)
    return abortable
  }

  remove(abortable: Abortable): void {
    this.#abortables.remove(abortable)
  }

  get count(): number {
    return this.#abortables.count
  }

  abortBatch(batchId: string, reason: string): void {
    this.#abortables.forEach((abortable) => {
      if (abortable.batchId === batchId) abortable.abort(new AttemptAbortedError(reason))
    })
  }

  abortAll(reason: string): void {
    this.#abortables.forEach((abortable) => abortable.abort(new AttemptAbortedError(reason)))
  }
}
