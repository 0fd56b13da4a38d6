import type { Role } from '@sluice/contracts'
import { expect, test } from 'vitest'
import { roleOfClaims } from '../../../src/sessions/oidc/role-of-claims.ts'

const roles = new Map<string, Role>([
  ['a', 'viewer'],
  ['b', 'operator'],
])

test.each([
  [{ roles: ['a', 'b'] }, 'roles', 'operator'],
  [{ roles: 'a' }, 'roles', 'viewer'],
  [{ 'https://example.com/roles': ['b'] }, 'https://example.com/roles', 'operator'],
  [{ realm_access: { roles: ['a'] } }, '/realm_access/roles', 'viewer'],
  [{ resources: { 'a/b~c': { roles: 'b' } } }, '/resources/a~1b~0c/roles', 'operator'],
  [{ roles: ['c'] }, 'roles', undefined],
  [{ roles: [['a']] }, 'roles', undefined],
  [{ roles: { a: 1 } }, 'roles', undefined],
  [{ roles: null }, '/roles/0', undefined],
  [{}, '/constructor/name', undefined],
])('of %j, the claim %s gives the role %s', (claims, roleClaim, role) => {
  expect(roleOfClaims(claims, { roleClaim, roles })).toBe(role)
})
