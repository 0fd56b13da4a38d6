import { Type } from 'typebox'
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
