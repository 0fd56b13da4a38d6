/** Why an attempt was ended from outside: its task is given back, not failed. */
export class AttemptAbortedError extends Error {
  override readonly name = 'AttemptAbortedError'
}

/** The attempts that run in this process, so that those of a batch, or all of them, can be aborted. */
export class RunningAttempts {
  /** To the batch of each. */
  readonly #batches = new Map<AbortController, string>()

  add(batchId: string): AbortController {
    const controller = new AbortController()
    this.#batches.set(controller, batchId)
    return controller
  }

  remove(controller: AbortController): void {
    this.#batches.delete(controller)
  }

  get count(): number {
    return this.#batches.size
  }

  abortBatch(batchId: string, reason: string): void {
    for (const [controller, id] of this.#batches) {
      if (id === batchId) controller.abort(new AttemptAbortedError(reason))
    }
  }

  abortAll(reason: string): void {
    for (const controller of this.#batches.keys()) controller.abort(new AttemptAbortedError(reason))
  }
}
