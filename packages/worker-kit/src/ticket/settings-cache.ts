import { findQueueSettings, readRunSettings, type Engine, type RunSettings } from '@sluice/engine'
import type { HttpDefaults } from '../handler.ts'
import { RecentMap } from './recent-map.ts'

/** The settings of a queue that its tasks run under. */
export interface QueueRunSettings {
  http: HttpDefaults
  /** Name of the limit its tasks are under; null if there is none. */
  limit: string | null
}

const MAX_BATCHES = 1000

const MAX_QUEUE_AGE_MS = 10_000

/** Caches the settings of batches and queues, so that a turn takes a single call to Redis. */
export class SettingsCache {
  readonly #engine: Engine
  readonly #batches = new RecentMap<RunSettings>(MAX_BATCHES)
  readonly #queues = new Map<string, QueueRunSettings & { readAt: number }>()
  #queueChanges = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Settings of a batch that are at least as new as `version`; undefined if the batch does not exist. */
  async ofBatch(batchId: string, version: number): Promise<RunSettings | undefined> {
    const cached = this.#batches.get(batchId)
    const isCurrent = cached !== undefined && cached.version >= version
    const settings = isCurrent ? cached : await readRunSettings(this.#engine, batchId)
    if (settings) this.#batches.set(batchId, settings)
    return settings
  }

  /** Settings of a queue, at most ten seconds old. */
  async ofQueue(name: string): Promise<QueueRunSettings> {
    const cached = this.#queues.get(name)
    if (cached && Date.now() - cached.readAt < MAX_QUEUE_AGE_MS) return cached
    const changesBefore = this.#queueChanges
    const { http = {}, limit = null } = (await findQueueSettings(this.#engine, name)) ?? {}
    const settings = { http, limit, readAt: Date.now() }
    // A change during the read may not be part of what was read.
    if (this.#queueChanges === changesBefore) this.#queues.set(name, settings)
    return settings
  }

  /** Drops the settings of a queue because they have changed. */
  forgetQueue(name: string): void {
    this.#queueChanges += 1
    this.#queues.delete(name)
  }
}
