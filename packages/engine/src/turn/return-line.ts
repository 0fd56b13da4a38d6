/** How long a ticket is away that its worker cannot run. Another worker takes it when it returns, or a later time. */
const AWAY_MS = 200

/**
 * Tickets of a batch return at this distance. Workers without a handler so take at most ten of them in a second, however
 * many tickets wait until the workers that have one get a free slot.
 */
const RETURN_EVERY_MS = 100

/** The tickets that a process has passed on because it cannot run them, in the order in which they return. */
export class ReturnLine {
  /** When the last ticket of each batch returns, by performance.now(). */
  readonly #returnsAt = new Map<string, number>()

  /** Adds a ticket of a batch. Returns in how many ms it returns. */
  join(batchId: string): number {
    const now = performance.now()
    for (const [id, at] of this.#returnsAt) if (at < now) this.#returnsAt.delete(id)
    const at = Math.max(now + AWAY_MS, (this.#returnsAt.get(batchId) ?? 0) + RETURN_EVERY_MS)
    this.#returnsAt.set(batchId, at)
    return Math.round(at - now)
  }
}
