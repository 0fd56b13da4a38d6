import { RecentMap } from './recent-map.ts'

/** A stop that is no longer remembered is noticed at the batch's next turn. */
const MAX_BATCHES = 1000

/**
 * The batches that stopped while this process ran slices of them. A batch's version rises when it stops and when it
 * resumes, so a task that was leased under a version older than the stop must not start.
 */
export class StoppedBatches {
  readonly #versions = new RecentMap<number>(MAX_BATCHES)

  add(batchId: string, version: number): void {
    this.#versions.set(batchId, version)
  }

  /** The version of the last stop of a batch that is remembered. 0: none. */
  versionOf(batchId: string): number {
    return this.#versions.get(batchId) ?? 0
  }

  /** Forgets a stop, unless the batch has stopped again since. */
  forget(batchId: string, version: number): void {
    if (this.versionOf(batchId) === version) this.#versions.delete(batchId)
  }

  hasStoppedSince(batchId: string, version: number): boolean {
    return this.versionOf(batchId) > version
  }
}
