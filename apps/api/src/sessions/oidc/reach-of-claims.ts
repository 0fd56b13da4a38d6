import { patterns } from '@sluice/contracts'
import type { Reach } from '@sluice/engine'
import { claimAt } from './claim-at.ts'
import type { OidcOptions } from './oidc-settings.ts'

/** The value of a claim for people who reach all tenants or queues. It is the name of none. */
const ALL = '*'

/** As many queues as an API key may be narrowed to. */
const MAX_QUEUES = 50

const TENANT = new RegExp(patterns.name)
const QUEUES = new RegExp(patterns.grantedQueue)

/** What the claims of a person say that the person reaches, or the claim that says nothing valid. */
export type ClaimedReach = ({ kind: 'reach' } & Reach) | { kind: 'invalid'; claim: string; expects: string }

/**
 * Reads the tenant and the queues of a person from the claims that the settings name. A claim that they do not name confines
 * nothing. One that they name must say something valid: otherwise a person whose claim is lost would reach everything.
 */
export function reachOfClaims(
  claims: object,
  { tenantClaim, queuesClaim }: Pick<OidcOptions, 'tenantClaim' | 'queuesClaim'>,
): ClaimedReach {
  const tenant = tenantClaim === undefined ? null : tenantIn(claimAt(claims, tenantClaim))
  if (tenant === undefined) return invalid(tenantClaim, 'the name of one tenant, or * for all')
  const queues = queuesClaim === undefined ? null : queuesIn(claimAt(claims, queuesClaim))
  if (queues === undefined) return invalid(queuesClaim, 'names of queues or beginnings of names with *, or * for all')
  return { kind: 'reach', tenant, queues }
}

function invalid(claim = '', expects: string): ClaimedReach {
  return { kind: 'invalid', claim, expects }
}

/** Many issuers send a list also for one value. */
function valuesOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** Null: all. Undefined: not valid. */
function tenantIn(value: unknown): string | null | undefined {
  const [tenant, ...others] = valuesOf(value)
  if (typeof tenant !== 'string' || others.length > 0) return undefined
  if (tenant === ALL) return null
  return TENANT.test(tenant) ? tenant : undefined
}

function queuesIn(value: unknown): string[] | null | undefined {
  const queues = new Set(valuesOf(value))
  if (queues.size === 0 || queues.size > MAX_QUEUES) return undefined
  const names = [...queues].filter((queue) => typeof queue === 'string' && (queue === ALL || QUEUES.test(queue)))
  if (names.length < queues.size) return undefined
  return queues.has(ALL) ? null : (names as string[])
}
