import type { BodyOf, Caller, QueryOf } from '../caller.ts'
import type { RequestOptions } from '../options.ts'
import { conditionOf, type ChangeSettingsOptions } from './change-settings.ts'

/** Limits: allowances that all workers share. */
export class Limits {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Lists limits in alphabetical order. */
  list(query: QueryOf<'listLimits'> = {}, options?: RequestOptions) {
    return this.#caller.list('listLimits', { query }, options, ({ limits }) => limits)
  }

  get(name: string, options?: RequestOptions) {
    return this.#caller.call('readLimit', { params: { name } }, options)
  }

  /** Creates the limit, or replaces all its settings. */
  put(name: string, settings: BodyOf<'putLimit'>, { ifMatch, ...options }: ChangeSettingsOptions = {}) {
    return this.#caller.call('putLimit', { params: { name }, json: settings, headers: conditionOf(ifMatch) }, options)
  }

  /** Changes the settings that are named, and keeps all others. */
  update(name: string, change: BodyOf<'changeLimit'>, { ifMatch, ...options }: ChangeSettingsOptions = {}) {
    return this.#caller.call('changeLimit', { params: { name }, json: change, headers: conditionOf(ifMatch) }, options)
  }

  delete(name: string, options?: RequestOptions) {
    return this.#caller.call('deleteLimit', { params: { name } }, options)
  }
}
