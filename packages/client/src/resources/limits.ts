import type { BodyOf, Caller, QueryOf } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** How to change the settings of a limit. */
export interface ChangeLimitOptions extends RequestOptions {
  /** The `etag` that the settings must have. Others throw `SLUICE_SETTINGS_CHANGED`. Default: any. */
  ifMatch?: string | undefined
}

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
  put(name: string, settings: BodyOf<'putLimit'>, { ifMatch, ...options }: ChangeLimitOptions = {}) {
    return this.#caller.call('putLimit', { params: { name }, json: settings, headers: condition(ifMatch) }, options)
  }

  /** Changes the settings that are named, and keeps all others. */
  update(name: string, change: BodyOf<'changeLimit'>, { ifMatch, ...options }: ChangeLimitOptions = {}) {
    return this.#caller.call('changeLimit', { params: { name }, json: change, headers: condition(ifMatch) }, options)
  }

  delete(name: string, options?: RequestOptions) {
    return this.#caller.call('deleteLimit', { params: { name } }, options)
  }
}

function condition(ifMatch: string | undefined): Record<string, string> {
  return ifMatch === undefined ? {} : { 'if-match': ifMatch }
}
