import type { Caller } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** The installation as a whole. */
export class System {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** The state of the API process that answers, of Redis and of the maintenance, and what there is. */
  get(options?: RequestOptions) {
    return this.#caller.call('readSystem', {}, options)
  }
}
