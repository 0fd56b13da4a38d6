import { type Operation, operations, type Permission, permissionsOf, type Role, roles } from '@sluice/contracts'
import {
  type ApiKeySettings,
  closeEngine,
  connectRedis,
  createApiKey,
  createEngine,
  deleteApiKey,
  type Engine,
  newApiKeyText,
  writeApiKey,
} from '@sluice/engine'
import { until } from '@sluice/testing'
import type { Random } from '../../../../packages/engine/test/support/random.ts'

/** Who sends a request. */
export interface FuzzPrincipal {
  name: string
  /** The text of its API key. Undefined: it sends none. */
  key: string | undefined
  /** Null: none, or it must be refused. */
  tenant: string | null
  /** Empty: it must be refused by every operation that is not public. */
  permissions: ReadonlySet<Permission>
  /** Whether it reaches all tenants. */
  reachesAll: boolean
}

/** Two tenants beside those of no tenant, whose batches belong to `default`. */
export const FUZZ_TENANTS = ['zebra', 'okapi'] as const

/** How many requests of ten an operator or admin of no tenant makes, so that most kinds of requests succeed at times. */
const POWERFUL = 4

/** The principals of a run. */
export class Principals {
  readonly all: readonly FuzzPrincipal[]

  private constructor(all: readonly FuzzPrincipal[]) {
    this.all = all
  }

  /** Creates API keys of all roles, with and without a tenant, and of clients that must be refused. */
  static async create(redisUrl: string): Promise<Principals> {
    const redis = connectRedis(redisUrl)
    const engine = createEngine({ redis })
    try {
      const accepted = [null, ...FUZZ_TENANTS].flatMap((tenant) => [
        ...(Object.keys(roles) as Role[]).map((role) => ({ role, tenant })),
        { role: 'operator' as const, tenant, queues: ['default'] },
      ])
      return new Principals([
        ...(await Promise.all(accepted.map((settings) => createAccepted(engine, settings)))),
        ...(await createRefused(engine)),
      ])
    } finally {
      await closeEngine(engine)
      redis.disconnect()
    }
  }

  /** What no answer may show. */
  get secrets(): string[] {
    return this.all.flatMap(({ key }) => key ?? [])
  }

  /** The admin of no tenant. */
  get admin(): FuzzPrincipal {
    return this.all.find(({ name }) => name === 'admin of none') as FuzzPrincipal
  }

  pick(random: Random): FuzzPrincipal {
    const powerful = this.all.filter(({ name }) => name === 'admin of none' || name === 'operator of none')
    return random.int(0, 9) < POWERFUL ? random.pick(powerful) : random.pick(this.all)
  }
}

async function createAccepted(
  engine: Engine,
  settings: Pick<ApiKeySettings, 'role' | 'queues'> & { tenant: string | null },
): Promise<FuzzPrincipal> {
  const { role, tenant, queues = null } = settings
  const name = `${queues === null ? '' : 'narrowed '}${role} of ${tenant ?? 'none'}`
  const { text } = await createApiKey(engine, { ...settings, name }, 'fuzz')
  const permissions = new Set(permissionsOf(role, { isNarrowed: queues !== null, hasTenant: tenant !== null }))
  return { name, key: text, tenant, permissions, reachesAll: tenant === null }
}

async function createRefused(engine: Engine): Promise<FuzzPrincipal[]> {
  const expiresAt = new Date(Date.now() + 1500)
  const expired = await createApiKey(engine, { name: 'expired', role: 'admin', expiresAt }, 'fuzz')
  const revoked = await createApiKey(engine, { name: 'revoked', role: 'admin' }, 'fuzz')
  await deleteApiKey(engine, revoked.apiKey.id)
  await until(() => Date.now() > expiresAt.getTime() + 500)
  const keys = {
    expired: expired.text,
    revoked: revoked.text,
    unknown: writeApiKey(newApiKeyText()),
    // No real key begins like this, so an answer with it shows what the client sent.
    garbage: 'slk1_-garbage',
  }
  return Object.entries({ ...keys, none: undefined }).map(([name, key]) => ({
    name,
    key,
    tenant: null,
    permissions: new Set(),
    reachesAll: false,
  }))
}

/** Whether a principal may call an operation with this id. */
export function isPermitted({ permissions }: FuzzPrincipal, operationId: string): boolean {
  const { permission } = operations[operationId as keyof typeof operations] as Operation
  return permission === null || permissions.has(permission)
}
