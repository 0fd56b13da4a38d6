/** Batches remembered; the one that stopped longest ago is forgotten first, and then its next turn says so. */
const MAX_REMEMBERED = 1000

/**
 * Batches that stopped while slices of theirs were under way. A batch's version rises whenever it stops and whenever it
 * goes on, so what was leased under an older version than that of the stop must not start.
 */
export class StoppedBatches {
  readonly #versions = new Map<string, number>()

  add(batchId: string, version: number): void {
    this.#versions.delete(batchId)
    this.#versions.set(batchId, version)
    const [oldest] = this.#versions.keys()
    if (this.#versions.size > MAX_REMEMBERED && oldest !== undefined) this.#versions.delete(oldest)
  }

  hasStoppedSince(batchId: string, version: number): boolean {
    return (this.#versions.get(batchId) ?? 0) > version
  }
}
