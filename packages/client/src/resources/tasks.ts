import type { Caller, QueryOf } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** The tasks of a batch, with their payloads. */
export class TasksOfBatches {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Lists tasks in order of seq. */
  list(batchId: string, query: QueryOf<'listTasks'> = {}, options?: RequestOptions) {
    return this.#caller.list('listTasks', { params: { id: batchId }, query }, options, ({ tasks }) => tasks)
  }

  /** Lists tasks of all batches: those of the newest batch first, and in each batch the last one first. */
  search(query: QueryOf<'searchTasks'> = {}, options?: RequestOptions) {
    return this.#caller.list('searchTasks', { query }, options, ({ tasks }) => tasks)
  }

  get(batchId: string, seq: number, options?: RequestOptions) {
    return this.#caller.call('readTask', { params: { id: batchId, seq } }, options)
  }
}
