import type { Caller } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** The processes that run tasks. */
export class Workers {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Lists the workers that are alive, in the order in which they started. */
  list(options?: RequestOptions) {
    return this.#caller.call('listWorkers', {}, options)
  }
}
