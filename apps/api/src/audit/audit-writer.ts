import { setImmediate } from 'node:timers/promises'
import { type AuditEntry, type AuditPart, type Engine, writeAudit } from '@sluice/engine'
import type { FastifyBaseLogger } from 'fastify'

interface PartEntry {
  part: AuditPart
  entry: AuditEntry
}

/**
 * Writes entries of the audit log. Those of one tick of the event loop share a command. What cannot be written goes to the
 * log of the process, so that it is not lost.
 */
export class AuditWriter {
  readonly #engine: Engine
  readonly #logger: FastifyBaseLogger
  #gathered: PartEntry[] = []
  #writing: Promise<void> = Promise.resolve()

  constructor(engine: Engine, logger: FastifyBaseLogger) {
    this.#engine = engine
    this.#logger = logger
  }

  /** Resolves when the entry is in Redis, or in the log. Never rejects. */
  write(part: AuditPart, entry: AuditEntry): Promise<void> {
    this.#gathered.push({ part, entry })
    if (this.#gathered.length === 1) this.#writing = this.#flush()
    return this.#writing
  }

  /** Resolves when the entries that were added so far are written. */
  async settle(): Promise<void> {
    await this.#writing
  }

  async #flush(): Promise<void> {
    await setImmediate()
    const entries = this.#gathered
    this.#gathered = []
    try {
      await writeAudit(this.#engine, entries)
    } catch (error) {
      this.#logger.error({ err: error }, 'entries of the audit log could not be written, and follow')
      for (const { entry } of entries) this.#logger.error({ audit: entry }, 'audit entry')
    }
  }
}
