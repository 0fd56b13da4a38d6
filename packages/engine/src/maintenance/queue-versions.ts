import type { Engine } from '../engine.ts'
import { findQueue } from '../settings/queue-settings.ts'

/** The versions of the settings of queues, each read once in a pass. */
export class QueueVersions {
  readonly #engine: Engine
  readonly #versions = new Map<string, Promise<number>>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The version of a queue's settings, or -1 if it does not exist. */
  async versionOf(name: string): Promise<number> {
    const known = this.#versions.get(name) ?? this.#read(name)
    this.#versions.set(name, known)
    return await known
  }

  async #read(name: string): Promise<number> {
    return (await findQueue(this.#engine, name))?.version ?? -1
  }
}
