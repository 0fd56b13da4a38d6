import { type Role, roles } from '@sluice/contracts'
import type { OidcOptions } from './oidc-settings.ts'

const RANKS = Object.keys(roles) as Role[]

/** Returns the role with the most permissions that the claims of a person are mapped to. Undefined: none is. */
export function roleOfClaims(
  claims: object,
  { roleClaim, roles: mapping }: Pick<OidcOptions, 'roleClaim' | 'roles'>,
): Role | undefined {
  const values = [valueAt(claims, roleClaim)].flat().filter((value) => typeof value === 'string')
  const granted = new Set(values.map((value) => mapping.get(value)))
  return RANKS.findLast((role) => granted.has(role))
}

/** Names of claims may contain slashes and full stops, since many are URLs: only a slash at the beginning makes a pointer. */
function valueAt(claims: object, name: string): unknown {
  const steps = name.startsWith('/')
    ? name
        .slice(1)
        .split('/')
        .map((step) => unescape(step))
    : [name]
  return steps.reduce<unknown>(memberOf, claims)
}

/** RFC 6901 escapes the slash and the tilde. */
function unescape(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}
