import type { Random } from '../../../../packages/engine/test/support/random.ts'
import type { Answer } from './answer.ts'

/** As many of a kind are remembered, so that requests meet one another. */
const LONGEST = 30

/** The id of a session, in its cookie. */
const SESSION = /^__Host-sluice=([0-9A-Za-z]{24})/

/** What answers have shown of the API: the objects that exist, versions of settings, and cursors. */
export class World {
  /** A URL prefix that tasks may call. */
  readonly upstream: string
  /** Texts of API keys with which browsers sign in. */
  readonly apiKeys: readonly string[]
  readonly #names = new Map<string, string[]>([['/v1/queues', ['default']]])
  readonly #cursors: string[] = []
  readonly #versions: string[] = []

  constructor(upstream: string, apiKeys: readonly string[]) {
    this.upstream = upstream
    this.apiKeys = apiKeys
  }

  /** The name of an object of a collection, such as `/v1/batches`; undefined if none is known. */
  pick(collection: string, random: Random): string | undefined {
    const names = this.#names.get(collection) ?? []
    return names.length === 0 ? undefined : random.pick(names)
  }

  cursor(random: Random): string | undefined {
    return this.#cursors.length === 0 ? undefined : random.pick(this.#cursors)
  }

  version(random: Random): string | undefined {
    return this.#versions.length === 0 ? undefined : random.pick(this.#versions)
  }

  /** Remembers what an answer shows. */
  learn({ status, headers, body }: Answer): void {
    const [, collection, name] = /^(.*)\/([^/]+)$/.exec(headers['location'] ?? '') ?? []
    if (collection !== undefined && name !== undefined) this.#remember(collection, decodeURIComponent(name))
    const [, session] = SESSION.exec(headers['set-cookie'] ?? '') ?? []
    if (session !== undefined) this.#remember('/v1/sessions', session)
    if (headers['etag'] !== undefined) keep(this.#versions, headers['etag'])
    if (status >= 300 || body.length === 0 || !headers['content-type']?.startsWith('application/json')) return
    const { code, nextCursor } = JSON.parse(body.toString()) as { code?: unknown; nextCursor?: unknown }
    if (collection !== undefined && typeof code === 'string') this.#remember(collection, `code:${code}`)
    if (typeof nextCursor === 'string') keep(this.#cursors, nextCursor)
  }

  /** Forgets the object that a path names, because it does not exist any more. */
  forget(template: string, path: string): void {
    const at = template.split('/').findIndex((part) => part.startsWith('{'))
    const names = this.#names.get(template.split('/').slice(0, at).join('/'))
    const index = names?.findIndex((name) => encodeURIComponent(name) === path.split('/')[at]) ?? -1
    // The first queue always exists.
    if (index > 0) names?.splice(index, 1)
  }

  #remember(collection: string, name: string): void {
    const names = this.#names.get(collection) ?? []
    if (!names.includes(name)) keep(names, name)
    this.#names.set(collection, names)
  }
}

function keep(values: string[], value: string): void {
  values.push(value)
  if (values.length > LONGEST) values.splice(1, 1)
}
