import { expect, test } from 'vitest'
import { reachOfClaims } from '../../../src/sessions/oidc/reach-of-claims.ts'

const BOTH = { tenantClaim: 'organization', queuesClaim: '/sluice/queues' }

function claimsOf(organization: unknown, queues: unknown = '*') {
  return { organization, sluice: { queues } }
}

test('without settings, no claim confines a person', () => {
  expect(reachOfClaims(claimsOf('zebra', ['mail']), {})).toEqual({ kind: 'reach', tenant: null, queues: null })
})

test.each([
  ['zebra', ['llm-*', 'mail'], 'zebra', ['llm-*', 'mail']],
  [['zebra'], 'mail', 'zebra', ['mail']],
  ['*', '*', null, null],
  [['*'], ['*', 'mail'], null, null],
  ['zebra', ['mail', 'mail'], 'zebra', ['mail']],
])('organization %j and queues %j reach the tenant %j and the queues %j', (organization, named, tenant, queues) => {
  expect(reachOfClaims(claimsOf(organization, named), BOTH)).toEqual({ kind: 'reach', tenant, queues })
})

test.each([
  undefined,
  null,
  '',
  [],
  ['zebra', 'okapi'],
  ['*', 'zebra'],
  'Zebra',
  'zebra ',
  'zebra\n',
  '**',
  'z*',
  '../okapi',
  'a'.repeat(64),
  7,
  true,
  { name: 'zebra' },
  [['zebra']],
  [null],
])('the organization %j says nothing valid, and opens nothing', (organization) => {
  expect(reachOfClaims(claimsOf(organization), BOTH)).toMatchObject({ kind: 'invalid', claim: 'organization' })
})

test.each([
  null,
  '',
  [],
  ['mail', ''],
  ['mail', null],
  ['mail', 7],
  ['*mail'],
  ['m*il'],
  ['Mail'],
  [['mail']],
  { mail: true },
  Array.from({ length: 51 }, (_, i) => `q${i}`),
])('the queues %j say nothing valid, and open nothing', (queues) => {
  expect(reachOfClaims(claimsOf('zebra', queues), BOTH)).toMatchObject({ kind: 'invalid', claim: '/sluice/queues' })
})

test('an absent claim opens nothing, and members that every object has are no claims', () => {
  expect(reachOfClaims({ organization: 'zebra' }, BOTH)).toMatchObject({ kind: 'invalid', claim: '/sluice/queues' })
  for (const tenantClaim of ['organization', 'constructor', '__proto__', 'toString', '/constructor/name']) {
    expect(reachOfClaims({}, { tenantClaim })).toMatchObject({ kind: 'invalid', claim: tenantClaim })
  }
})
