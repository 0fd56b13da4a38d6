/** Why an attempt was ended from outside: its task is given back, not failed. */
export class AttemptAbortedError extends Error {
  override readonly name = 'AttemptAbortedError'
}

/** The attempts that run in this process, so that those of a batch, or all of them, can be aborted. */
export class RunningAttempts {
  readonly #controllers = new Map<string, Set<AbortController>>()

  add(batchId: string): AbortController {
    const controller = new AbortController()
    const running = this.#controllers.get(batchId)
    if (running) running.add(controller)
    else this.#controllers.set(batchId, new Set([controller]))
    return controller
  }

  remove(batchId: string, controller: AbortController): void {
    const running = this.#controllers.get(batchId)
    running?.delete(controller)
    if (running?.size === 0) this.#controllers.delete(batchId)
  }

  get count(): number {
    return [...this.#controllers.values()].reduce((sum, { size }) => sum + size, 0)
  }

  abortBatch(batchId: string, reason: string): void {
    for (const controller of this.#controllers.get(batchId) ?? []) controller.abort(new AttemptAbortedError(reason))
  }

  abortAll(reason: string): void {
    for (const batchId of this.#controllers.keys()) this.abortBatch(batchId, reason)
  }
}
