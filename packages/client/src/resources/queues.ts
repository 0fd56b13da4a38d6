import type { BodyOf, Caller, QueryOf } from '../caller.ts'
import type { RequestOptions } from '../options.ts'
import { conditionOf, type ChangeSettingsOptions } from './change-settings.ts'

/** Queues: lanes of work with a concurrency and defaults of their own. */
export class Queues {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Lists queues in alphabetical order. */
  list(query: QueryOf<'listQueues'> = {}, options?: RequestOptions) {
    return this.#caller.list('listQueues', { query }, options, ({ queues }) => queues)
  }

  get(name: string, options?: RequestOptions) {
    return this.#caller.call('readQueue', { params: { name } }, options)
  }

  /** Creates the queue, or replaces all its settings. */
  put(name: string, settings: BodyOf<'putQueue'>, { ifMatch, ...options }: ChangeSettingsOptions = {}) {
    return this.#caller.call('putQueue', { params: { name }, json: settings, headers: conditionOf(ifMatch) }, options)
  }

  /** Changes the settings that are named, and keeps all others. */
  update(name: string, change: BodyOf<'changeQueue'>, { ifMatch, ...options }: ChangeSettingsOptions = {}) {
    return this.#caller.call('changeQueue', { params: { name }, json: change, headers: conditionOf(ifMatch) }, options)
  }

  /** Stops starting tasks of the queue. All other settings stay. */
  pause(name: string, options?: RequestOptions) {
    return this.#caller.call('pauseQueue', { params: { name } }, options)
  }

  /** Starts tasks of the queue again. */
  resume(name: string, options?: RequestOptions) {
    return this.#caller.call('resumeQueue', { params: { name } }, options)
  }

  delete(name: string, options?: RequestOptions) {
    return this.#caller.call('deleteQueue', { params: { name } }, options)
  }
}
