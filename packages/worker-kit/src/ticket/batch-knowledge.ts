import { findQueueSettings, readRunSettings, type Engine, type RunSettings } from '@sluice/engine'
import type { HttpDefaults } from '../handler.ts'
import { movingAverage } from './slice-size.ts'

/** What this process knows of a batch it runs tasks of. */
export interface KnownBatch {
  settings: RunSettings
  /** Average duration of its tasks in this process, in ms. */
  averageMs: number | undefined
  /** Tasks last asked for in one turn, by any of its tickets here; 0: none yet. */
  sliceSize: number
}

/** What this process knows of a queue. */
export interface KnownQueue {
  http: HttpDefaults
  /** The limit its tasks are under; null: none. */
  limit: string | null
}

/** Batches remembered; the one that was used longest ago is forgotten first. */
const MAX_KNOWN = 1000

const QUEUE_SETTINGS_KEPT_MS = 10_000

/** Remembers settings of batches and queues, so that a turn weights one call to Redis and no more, and what turns cost. */
export class BatchKnowledge {
  readonly #engine: Engine
  readonly #batches = new Map<string, KnownBatch>()
  readonly #queues = new Map<string, KnownQueue & { readAt: number }>()
  #queuesForgotten = 0
  #turnMs: number | undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** What is known of a batch already, however old its settings are. */
  recall(batchId: string): KnownBatch | undefined {
    return this.#batches.get(batchId)
  }

  /** A batch whose settings are at least as new as `version`; undefined when it has been deleted. */
  async batch(batchId: string, version: number): Promise<KnownBatch | undefined> {
    const known = this.#batches.get(batchId)
    if (known && known.settings.version >= version) {
      this.#remember(batchId, known)
      return known
    }
    const settings = await readRunSettings(this.#engine, batchId)
    if (!settings) return undefined
    const batch = { settings, averageMs: known?.averageMs, sliceSize: known?.sliceSize ?? 0 }
    this.#remember(batchId, batch)
    return batch
  }

  /** Settings of a queue, at most ten seconds old. */
  async queue(name: string): Promise<KnownQueue> {
    const known = this.#queues.get(name)
    if (known && Date.now() - known.readAt < QUEUE_SETTINGS_KEPT_MS) return known
    const forgottenBefore = this.#queuesForgotten
    const { http = {}, limit = null } = (await findQueueSettings(this.#engine, name)) ?? {}
    const queue = { http, limit, readAt: Date.now() }
    // What changed while it was read may have been read as it was before.
    if (this.#queuesForgotten === forgottenBefore) this.#queues.set(name, queue)
    return queue
  }

  forgetQueue(name: string): void {
    this.#queuesForgotten += 1
    this.#queues.delete(name)
  }

  countDuration(batch: KnownBatch, durationMs: number): void {
    batch.averageMs = movingAverage(batch.averageMs, durationMs)
  }

  /** What a turn takes on average, in ms; undefined before the first. */
  get turnMs(): number | undefined {
    return this.#turnMs
  }

  countTurn(durationMs: number): void {
    this.#turnMs = movingAverage(this.#turnMs, durationMs)
  }

  #remember(batchId: string, batch: KnownBatch): void {
    this.#batches.delete(batchId)
    this.#batches.set(batchId, batch)
    const [oldest] = this.#batches.keys()
    if (this.#batches.size > MAX_KNOWN && oldest !== undefined) this.#batches.delete(oldest)
  }
}
