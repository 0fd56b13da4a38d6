import type { Caller, QueryOf } from '../caller.ts'
import { continuedRows, parseLines } from '../continued-rows.ts'
import type { AuditEntry } from '../generated/api-types.ts'
import type { RequestOptions } from '../options.ts'

/** The audit log: who changed what, and what was refused. */
export class AuditLog {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Lists entries, newest first. */
  list(query: QueryOf<'listAudit'> = {}, options?: RequestOptions) {
    return this.#caller.list('listAudit', { query }, options, ({ entries }) => entries)
  }

  /**
   * Yields all entries, oldest first, as fast as they are taken. Continues a broken stream. To read on later, pass the id
   * of the last one as `after`.
   */
  async *export(query: QueryOf<'exportAudit'> = {}, options: RequestOptions = {}): AsyncGenerator<AuditEntry> {
    let { after } = query
    const requestNow = () => ({ operation: 'exportAudit' as const, query: { ...query, after } })
    for await (const block of continuedRows(this.#caller, requestNow, 'ndjson', options)) {
      for (const entry of parseLines<AuditEntry>(block)) {
        after = entry.id
        yield entry
      }
    }
  }
}
