import {
  API_ROLES,
  type ApiKey,
  type ApiRole,
  type Engine,
  findApiKey,
  type FoundApiKey,
  isUseDue,
  noteApiKeyUse,
} from '@sluice/engine'
import { permissionsOf } from '@sluice/contracts'
import type { Principal } from '../http/principal.ts'
import { type ReadAges, RecentReads } from './recent-reads.ts'

/** What a process knows of an API key. */
export interface KnownApiKey {
  /** The hash of its secret. */
  hash: string
  principal: Principal & { keyId: string }
  /** When it expires by the monotonic clock of the process, in ms. */
  expiresAt: number
  /** Whether a client has shown its secret since it was read. */
  isUsed: boolean
  /** Whether its next use must be noted in Redis. */
  isUseDue: boolean
}

/** The API keys that a process has read lately, expired or not. */
export class ApiKeyCache extends RecentReads<KnownApiKey> {
  readonly #engine: Engine

  constructor(engine: Engine, ages?: Partial<ReadAges>) {
    super((id) => readKnown(engine, id), ages)
    this.#engine = engine
  }

  /** Notes that a client is who it claims to be: the id of a key is public, and knowing it is no use. No request waits for that. */
  noteUse(known: KnownApiKey): void {
    known.isUsed = true
    if (!known.isUseDue) return
    known.isUseDue = false
    noteApiKeyUse(this.#engine, known.principal.keyId).catch(() => {})
  }

  /** How many keys of each role were used in the last minute: a key in use is read every few seconds. */
  countInUse(): ReadonlyMap<ApiRole, number> {
    const counts = new Map<ApiRole, number>(API_ROLES.map((role) => [role, 0]))
    for (const { principal, isUsed } of this.recent()) {
      if (isUsed) counts.set(principal.role, (counts.get(principal.role) ?? 0) + 1)
    }
    return counts
  }
}

async function readKnown(engine: Engine, id: string): Promise<KnownApiKey | undefined> {
  const startedAt = performance.now()
  const found = await findApiKey(engine, id)
  return found && knownOf(found, startedAt)
}

/** Redis's clock says how much time a key has left, and the monotonic clock of the process counts it down. */
function knownOf(found: FoundApiKey, startedAt: number): KnownApiKey {
  const { apiKey, hash, readAt } = found
  const leftMs = apiKey.expiresAt === null ? Number.POSITIVE_INFINITY : apiKey.expiresAt.getTime() - readAt
  const { id: keyId, name, role, tenant, queues, expiresAt } = apiKey
  const permissions = permissionsFor(apiKey)
  return {
    hash,
    principal: {
      kind: 'key',
      keyId,
      sessionId: null,
      subject: null,
      quotaId: keyId,
      name,
      role,
      tenant,
      queues,
      expiresAt,
      permissions,
    },
    expiresAt: startedAt + leftMs,
    isUsed: false,
    isUseDue: isUseDue(found),
  }
}

function permissionsFor({ role, tenant, queues }: ApiKey): Principal['permissions'] {
  return new Set(permissionsOf(role, { isNarrowed: queues !== null, hasTenant: tenant !== null }))
}
