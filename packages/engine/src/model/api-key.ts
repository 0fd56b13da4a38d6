/** The roles of API keys, from few rights to all. What each may do is in `@sluice/contracts`. */
export const API_ROLES = ['viewer', 'submitter', 'operator', 'admin'] as const

export type ApiRole = (typeof API_ROLES)[number]

/** An API key, without its secret. */
export interface ApiKey {
  id: string
  /** What people call it. */
  name: string
  role: ApiRole
  /** The tenant that it belongs to, for good. Null: none, so that it reaches all tenants. */
  tenant: string | null
  /** The queues that it is narrowed to: names, and beginnings of names that end in `*`. Null: all. */
  queues: readonly string[] | null
  createdAt: Date
  /** The id of the API key that created it, or `anonymous`, `command` or `file`. */
  createdBy: string
  /** Null: never. */
  expiresAt: Date | null
  /** When it was last used, to the minute. Null: never. */
  lastUsedAt: Date | null
  /** The id of the API key that `reroll` has created in its place. Null: none. */
  replacedBy: string | null
}

/** What the creator of an API key chooses. */
export interface ApiKeySettings {
  name: string
  role: ApiRole
  /** Default: none. */
  tenant?: string | null | undefined
  /** Default: all queues. */
  queues?: readonly string[] | null | undefined
  /** Default: never. */
  expiresAt?: Date | null | undefined
}

/** An API key as Redis has it. Its last use is stored apart. */
export interface ApiKeyRecord {
  id: string
  /** The SHA-256 of its secret. */
  hash: string
  name: string
  role: ApiRole
  tenant: string | null
  queues: readonly string[] | null
  /** Ms since the epoch. */
  createdAt: number
  createdBy: string
  /** Ms since the epoch. */
  expiresAt: number | null
  replacedBy: string | null
}

/** An API key whose expiry is this long past is deleted when another one is created. */
export const EXPIRED_KEPT_MS = 30 * 24 * 3600 * 1000

/** Shows what Redis has of an API key. */
export function showApiKey(record: ApiKeyRecord, usedAt: number | null): ApiKey {
  const { id, name, role, tenant, queues, createdBy, replacedBy } = record
  return {
    id,
    name,
    role,
    tenant,
    queues,
    createdBy,
    replacedBy,
    createdAt: new Date(record.createdAt),
    expiresAt: record.expiresAt === null ? null : new Date(record.expiresAt),
    lastUsedAt: usedAt === null ? null : new Date(usedAt),
  }
}

/** Whether a key that is narrowed to these queues may use a queue. */
export function grantsQueue(queues: readonly string[] | null, queue: string): boolean {
  if (queues === null) return true
  return queues.some((granted) => (granted.endsWith('*') ? queue.startsWith(granted.slice(0, -1)) : queue === granted))
}
