import type { BodyOf, Caller, QueryOf } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** Tenants: the parties that share an installation, with their quotas. */
export class Tenants {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Lists tenants in alphabetical order. */
  list(query: QueryOf<'listTenants'> = {}, options?: RequestOptions) {
    return this.#caller.list('listTenants', { query }, options, ({ tenants }) => tenants)
  }

  get(name: string, options?: RequestOptions) {
    return this.#caller.call('readTenant', { params: { name } }, options)
  }

  /** Replaces all quotas of the tenant. */
  put(name: string, quotas: BodyOf<'putTenant'>, options?: RequestOptions) {
    return this.#caller.call('putTenant', { params: { name }, json: quotas }, options)
  }
}
