import { type Role, roles } from '@sluice/contracts'
import { claimAt } from './claim-at.ts'
import type { OidcOptions } from './oidc-settings.ts'

const RANKS = Object.keys(roles) as Role[]

/** Returns the role with the most permissions that the claims of a person are mapped to. Undefined: none is. */
export function roleOfClaims(
  claims: object,
  { roleClaim, roles: mapping }: Pick<OidcOptions, 'roleClaim' | 'roles'>,
): Role | undefined {
  const values = [claimAt(claims, roleClaim)].flat().filter((value) => typeof value === 'string')
  const granted = new Set(values.map((value) => mapping.get(value)))
  return RANKS.findLast((role) => granted.has(role))
}
