import type { Engine } from '../engine.ts'
import { EVERYTHING, type Reach } from '../model/reach.ts'
import type { Tenant, TenantUsage } from '../model/tenant.ts'
import { pageOfNames, type NamePageRequest } from '../settings/page-of-names.ts'
import { findTenantQuotas } from './tenant-quotas.ts'

/** One page of the list of tenants. */
export interface TenantPage {
  tenants: Tenant[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

/** Reads the quotas and the usage of a tenant. A tenant that no key names has none. */
export async function readTenant(engine: Engine, name: string): Promise<Tenant> {
  const [quotas, usage] = await Promise.all([findTenantQuotas(engine, name), readTenantUsage(engine, name)])
  return { name, quotas: quotas ?? {}, usage }
}

/** Lists the tenants that hold tasks or have quotas, as far as a client reaches them. Throws `CursorInvalidError`. */
export async function listTenants(
  engine: Engine,
  { reach = EVERYTHING, ...request }: NamePageRequest & { reach?: Reach | undefined },
): Promise<TenantPage> {
  const known = reach.tenant === null ? await knownTenants(engine) : [reach.tenant]
  const { names, nextCursor } = pageOfNames(known, request)
  return { tenants: await Promise.all(names.map((name) => readTenant(engine, name))), nextCursor }
}

async function knownTenants({ redis, keys }: Engine): Promise<string[]> {
  const [used, bounded] = await Promise.all([redis.hkeys(keys.tenantUsage), redis.hkeys(keys.tenantQuotas)])
  return [...new Set([...used.map((field) => field.slice(0, field.indexOf('/'))), ...bounded])].toSorted()
}

/** Reads what the batches of a tenant hold. */
export async function readTenantUsage({ redis, keys }: Engine, tenant: string): Promise<TenantUsage> {
  const [active, interrupted, [tasks, bytes]] = await Promise.all([
    redis.zcard(keys.batchesOfInState(tenant, 'active')),
    redis.zcard(keys.batchesOfInState(tenant, 'interrupted')),
    redis.hmget(keys.tenantUsage, `${tenant}/tasks`, `${tenant}/bytes`),
  ])
  return { activeBatches: active + interrupted, tasks: Number(tasks), bytes: Number(bytes) }
}
