import type { Caller, QueryOf } from '../caller.ts'
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
}
