import type { BodyOf, Caller, QueryOf } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** API keys. */
export class ApiKeys {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Creates an API key. Its secret is in this answer and in no other. */
  create(key: BodyOf<'createApiKey'>, options?: RequestOptions) {
    return this.#caller.call('createApiKey', { json: key, repeatable: 'if_refused' }, options)
  }

  /** Lists API keys, newest first. */
  list(query: QueryOf<'listApiKeys'> = {}, options?: RequestOptions) {
    return this.#caller.list('listApiKeys', { query }, options, ({ keys }) => keys)
  }

  get(id: string, options?: RequestOptions) {
    return this.#caller.call('readApiKey', { params: { id } }, options)
  }

  update(id: string, change: BodyOf<'changeApiKey'>, options?: RequestOptions) {
    return this.#caller.call('changeApiKey', { params: { id }, json: change }, options)
  }

  /** Replaces an API key. The old one works on for a grace period. */
  reroll(id: string, reroll?: BodyOf<'rerollApiKey'>, options?: RequestOptions) {
    return this.#caller.call('rerollApiKey', { params: { id }, json: reroll, repeatable: 'if_refused' }, options)
  }

  /** Revokes an API key at once. */
  delete(id: string, options?: RequestOptions) {
    return this.#caller.call('deleteApiKey', { params: { id } }, options)
  }
}
