import {
  API_ROLES,
  type ApiRole,
  type Engine,
  findApiKey,
  type FoundApiKey,
  isUseDue,
  noteApiKeyUse,
} from '@sluice/engine'
import { permissionsOf } from '@sluice/contracts'
import { isRedisOutage } from '../http/errors/redis-outage.ts'
import type { Principal } from '../http/principal.ts'

/** How long a process trusts what it has read of an API key. */
export interface ApiKeyAges {
  /** Time after which a key is read again, in ms: the longest time for which a missed signal matters. Default 5,000. */
  freshMs: number
  /** Time for which a key that was read stays valid while Redis cannot be reached, in ms. Default 60,000. */
  staleMs: number
}

/** What a process knows of an API key. */
export interface KnownApiKey {
  /** The hash of its secret. */
  hash: string
  principal: Principal
  /** When it expires by the monotonic clock of the process, in ms. */
  expiresAt: number
}

interface Entry extends KnownApiKey {
  readAt: number
  freshUntil: number
}

/** Look-ups while Redis cannot be reached: each takes up to seconds to fail, so requests do not wait for one each. */
const RETRY_MS = 1000

/** More keys than there are usually. Beyond that, those read longest ago are forgotten. */
const MAX_ENTRIES = 10_000

/**
 * The API keys that a process has read. A key is read again after 5 seconds, and at once after a signal says that it has
 * changed. A look-up that began before the signal does not become an entry: it may have read what was before.
 *
 * While Redis cannot be reached, a key that was read in the last minute stays valid, and any other one is not known.
 */
export class ApiKeyCache {
  readonly #engine: Engine
  readonly #ages: ApiKeyAges
  readonly #entries = new Map<string, Entry>()
  readonly #lookUps = new Map<string, Promise<KnownApiKey | undefined>>()
  readonly #listeners = new Set<(id: string) => void>()

  constructor(engine: Engine, ages: Partial<ApiKeyAges> = {}) {
    this.#engine = engine
    this.#ages = { freshMs: 5000, staleMs: 60_000, ...ages }
  }

  /** Returns a key, expired or not, and a promise only if it must be read. Undefined: it does not exist. */
  find(id: string): KnownApiKey | Promise<KnownApiKey | undefined> {
    const entry = this.#entries.get(id)
    if (entry !== undefined && performance.now() < entry.freshUntil) return entry
    return this.#lookUps.get(id) ?? this.#lookUp(id)
  }

  /** How many keys of each role were used in the last minute: a key in use is read every few seconds. */
  countInUse(): ReadonlyMap<ApiRole, number> {
    const counts = new Map<ApiRole, number>(API_ROLES.map((role) => [role, 0]))
    for (const { principal, readAt } of this.#entries.values()) {
      if (performance.now() - readAt < this.#ages.staleMs)
        counts.set(principal.role, (counts.get(principal.role) ?? 0) + 1)
    }
    return counts
  }

  /** Whether a key was read in the last minute. */
  knows(id: string): boolean {
    const entry = this.#entries.get(id)
    return entry !== undefined && performance.now() - entry.readAt < this.#ages.staleMs
  }

  /** A signal says that a key has changed. */
  forget(id: string): void {
    this.#entries.delete(id)
    this.#lookUps.delete(id)
    for (const listener of this.#listeners) listener(id)
  }

  /** Calls a listener for each key that has changed. Returns the function that ends it. */
  onForgotten(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #lookUp(id: string): Promise<KnownApiKey | undefined> {
    const lookUp: Promise<KnownApiKey | undefined> = this.#read(id, () => this.#lookUps.get(id) === lookUp).finally(
      () => {
        if (this.#lookUps.get(id) === lookUp) this.#lookUps.delete(id)
      },
    )
    this.#lookUps.set(id, lookUp)
    return lookUp
  }

  /** @param isCurrent whether no signal has come since the look-up began. */
  async #read(id: string, isCurrent: () => boolean): Promise<KnownApiKey | undefined> {
    const startedAt = performance.now()
    const found = await findApiKey(this.#engine, id).catch((error: unknown) => this.#fallBack(id, error))
    if (found === undefined || !('apiKey' in found)) {
      if (found === undefined && isCurrent()) this.#entries.delete(id)
      return found
    }
    const entry = entryOf(found, startedAt, this.#ages.freshMs)
    if (isCurrent()) this.#keep(id, entry)
    if (isUseDue(found)) noteApiKeyUse(this.#engine, id).catch(() => {})
    return entry
  }

  #fallBack(id: string, error: unknown): Entry {
    const entry = this.#entries.get(id)
    const now = performance.now()
    if (entry === undefined || now - entry.readAt >= this.#ages.staleMs || !isRedisOutage(error)) throw error
    entry.freshUntil = now + Math.min(RETRY_MS, this.#ages.freshMs)
    return entry
  }

  #keep(id: string, entry: Entry): void {
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest)
  }
}

/** Redis's clock says how much time a key has left, and the monotonic clock of the process counts it down. */
function entryOf({ apiKey, hash, readAt }: FoundApiKey, startedAt: number, freshMs: number): Entry {
  const leftMs = apiKey.expiresAt === null ? Number.POSITIVE_INFINITY : apiKey.expiresAt.getTime() - readAt
  const { id: keyId, name, role, queues, expiresAt } = apiKey
  return {
    hash,
    principal: { kind: 'key', keyId, name, role, queues, expiresAt, permissions: permissionsFor(role, queues) },
    expiresAt: startedAt + leftMs,
    readAt: startedAt,
    freshUntil: startedAt + freshMs,
  }
}

function permissionsFor(role: ApiRole, queues: readonly string[] | null): Principal['permissions'] {
  return new Set(permissionsOf(role, { isNarrowed: queues !== null }))
}
