import type { Caller, QueryOf } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** The sessions of browsers. A client sees those of its own API key, and all with the permission `keys:read`. */
export class Sessions {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  list(query: QueryOf<'listSessions'> = {}, options?: RequestOptions) {
    return this.#caller.list('listSessions', { query }, options, ({ sessions }) => sessions)
  }

  /** Ends a session at once. Its API key stays as it is. */
  end(id: string, options?: RequestOptions) {
    return this.#caller.call('endSession', { params: { id } }, options)
  }
}
