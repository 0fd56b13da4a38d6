import type { Engine } from '../engine.ts'
import type { TenantQuotas } from '../model/tenant.ts'

/** Returns the quotas of a tenant. Undefined: it has none. */
export async function findTenantQuotas({ redis, keys }: Engine, tenant: string): Promise<TenantQuotas | undefined> {
  const json = await redis.hget(keys.tenantQuotas, tenant)
  return json === null ? undefined : (JSON.parse(json) as TenantQuotas)
}

/**
 * Replaces the quotas of a tenant. They apply to batches and tasks that are submitted from then on. What the tenant holds
 * beyond them stays.
 */
export async function putTenantQuotas({ redis, keys }: Engine, tenant: string, quotas: TenantQuotas): Promise<void> {
  const hasSome = Object.values(quotas).some((max) => max !== undefined)
  if (hasSome) await redis.hset(keys.tenantQuotas, tenant, JSON.stringify(quotas))
  else await redis.hdel(keys.tenantQuotas, tenant)
}
