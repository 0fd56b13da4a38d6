import { type Static, Type } from 'typebox'
import { nullable } from './nullable.ts'
import { NextCursor } from './paging.ts'
import { patterns } from './patterns.ts'

/** The name of a tenant. */
export const TenantName = Type.String({
  pattern: patterns.name,
  description: 'The name of a tenant: up to 63 lower-case letters, digits, dots, underscores and hyphens.',
  examples: ['acme'],
})

/** The tenant of a batch or a detection, which most installations never see. */
export const OwnTenant = Type.Optional({
  ...TenantName,
  description: 'The tenant that it belongs to. Left out for the tenant `default`.',
})

/** A tenant in a path. */
export const TenantParams = Type.Object({ name: TenantName })
export type TenantParams = Static<typeof TenantParams>

const quota = (description: string) =>
  nullable(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: `${description} Null: any number.` }),
  )

const quotas = {
  maxActiveBatches: quota('Maximum number of active and interrupted batches.'),
  maxTasks: quota('Maximum number of tasks of all batches that are kept, in any state.'),
  maxBytes: quota('Maximum number of bytes of these tasks as they were sent, and of the results of completed ones.'),
}

const ignored = Type.Optional(Type.Integer({ readOnly: true, description: 'Read-only. Ignored.' }))

/** The quotas of a tenant as they are sent. */
export const PutTenantBody = Type.Object(
  {
    maxActiveBatches: Type.Optional(quotas.maxActiveBatches),
    maxTasks: Type.Optional(quotas.maxTasks),
    maxBytes: Type.Optional(quotas.maxBytes),
    name: Type.Optional({ ...TenantName, readOnly: true, description: 'Read-only. Must be the name in the path.' }),
    activeBatches: ignored,
    tasks: ignored,
    bytes: ignored,
  },
  { title: 'PutTenant', additionalProperties: false, examples: [{ maxActiveBatches: 100, maxTasks: 1_000_000 }] },
)
export type PutTenantBody = Static<typeof PutTenantBody>

/** A tenant at one moment. */
export const TenantView = Type.Object(
  {
    name: TenantName,
    ...quotas,
    activeBatches: Type.Integer({ minimum: 0, description: 'Number of active and interrupted batches.' }),
    tasks: Type.Integer({ minimum: 0, description: 'Number of tasks of all batches that are kept.' }),
    bytes: Type.Integer({ minimum: 0, description: 'Bytes of these tasks, and of the results of completed ones.' }),
  },
  { title: 'Tenant', additionalProperties: false },
)
export type TenantView = Static<typeof TenantView>

/** A page of tenants. */
export const TenantList = Type.Object(
  { tenants: Type.Array(TenantView, { description: 'The tenants, in alphabetical order.' }), nextCursor: NextCursor },
  { title: 'TenantList', additionalProperties: false },
)
export type TenantList = Static<typeof TenantList>
