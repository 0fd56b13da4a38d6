import { grantsQueue } from './api-key.ts'

/** The tenant of batches, detections and idempotency keys of a client that belongs to no tenant. */
export const DEFAULT_TENANT = 'default'

/** What a client reaches. Everything else does not exist for it. */
export interface Reach {
  /** The tenant that it belongs to. Null: none, so that it reaches all tenants. */
  tenant: string | null
  /** The queues that it is narrowed to. Null: all. */
  queues: readonly string[] | null
}

/** What a client reaches that belongs to no tenant and is not narrowed. */
export const EVERYTHING: Reach = { tenant: null, queues: null }

/** Whether a client reaches a batch or a detection. */
export function reaches({ tenant, queues }: Reach, object: { tenant: string; queue: string }): boolean {
  return (tenant === null || object.tenant === tenant) && grantsQueue(queues, object.queue)
}

/** Whether a queue that names these tenants admits clients of a tenant. Null names all, and a client of no tenant is admitted by every queue. */
export function admits(tenants: readonly string[] | null, tenant: string | null): boolean {
  return tenants === null || tenant === null || tenants.includes(tenant)
}
