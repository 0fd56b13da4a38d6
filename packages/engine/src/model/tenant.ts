/** What the batches of a tenant may hold together. What has no bound is left out. */
export interface TenantQuotas {
  /** Maximum number of active and interrupted batches. */
  maxActiveBatches?: number | undefined
  /** Maximum number of tasks of all batches that are kept. */
  maxTasks?: number | undefined
  /** Maximum number of bytes of these tasks, and of the results of the completed ones. */
  maxBytes?: number | undefined
}

/** The names of quotas. `lua/lib/tenant-quotas.lua` has the same ones. */
export const TENANT_QUOTAS = ['maxActiveBatches', 'maxTasks', 'maxBytes'] as const

export type TenantQuotaName = (typeof TENANT_QUOTAS)[number]

/** What the batches of a tenant hold together, as far as they have been filed. */
export interface TenantUsage {
  /** The number of active and interrupted batches. */
  activeBatches: number
  tasks: number
  bytes: number
}

/** A tenant: its quotas and its usage. */
export interface Tenant {
  name: string
  quotas: TenantQuotas
  usage: TenantUsage
}
