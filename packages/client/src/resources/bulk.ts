import type { BodyOf, Caller } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** Operations on many batches. */
export class Bulk {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Chooses batches, and has the workers act on them; with `dryRun`, only counts them and their tasks. */
  start(bulk: BodyOf<'startBulk'>, options?: RequestOptions) {
    return this.#caller.call('startBulk', { json: bulk, repeatable: 'if_refused' }, options)
  }

  /** Lists the operations of the last seven days, newest first. */
  list(options?: RequestOptions) {
    return this.#caller.call('listBulk', {}, options)
  }

  get(id: string, options?: RequestOptions) {
    return this.#caller.call('readBulk', { params: { id } }, options)
  }

  /** Ends the operation: batches that it has not reached stay as they are. */
  cancel(id: string, options?: RequestOptions) {
    return this.#caller.call('cancelBulk', { params: { id } }, options)
  }
}
