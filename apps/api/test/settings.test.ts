import { readSettings, SettingsError } from '@sluice/settings'
import { expect, test } from 'vitest'
import { oidcOptionsOf } from '../src/sessions/oidc/oidc-settings.ts'
import { apiSettings, program } from '../src/settings.ts'

function read(env: Record<string, string>) {
  return readSettings(apiSettings, env, program)
}

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    read(env)
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}

test('serves this machine only, and clients with an API key, by default', () => {
  expect(read({})).toMatchObject({
    SLUICE_REDIS_URL: 'redis://127.0.0.1:6379',
    SLUICE_KEY_PREFIX: 'sluice',
    SLUICE_HOST: '127.0.0.1',
    SLUICE_PORT: 3000,
    SLUICE_ALLOW_ANONYMOUS: false,
    SLUICE_LOG_LEVEL: 'info',
    SLUICE_MAX_TASK_BYTES: 262_144,
    SLUICE_MAX_BODY_BYTES: 10_485_760,
    SLUICE_MAX_BATCH_TASKS: 1_000_000,
    SLUICE_SHUTDOWN_GRACE_MS: 10_000,
  })
})

test('refuses a file with the first API key if clients need no API key', () => {
  const file = { SLUICE_BOOTSTRAP_KEY_FILE: '/run/secrets/key' }

  expect(problemsOf(file)).toEqual([])
  expect(problemsOf({ ...file, SLUICE_ALLOW_ANONYMOUS: 'true' })).toMatchObject([
    expect.stringMatching(/^SLUICE_BOOTSTRAP_KEY_FILE: .*ANONYMOUS/),
  ])
})

test.each(['api', 'a.example.com,*.example.org', '10.0.0.7', '[2001:db8::5],::1'])('goes by %s', (hosts) => {
  expect(read({ SLUICE_ALLOWED_HOSTS: hosts }).SLUICE_ALLOWED_HOSTS).toEqual(hosts.split(','))
})

test.each([
  '*',
  'http://api',
  'api:3000',
  'cafe:80',
  'api/',
  '*.',
  'a..b',
  '.example.com',
  'a,,b',
  'a b',
  '*.*.example.com',
])('refuses %s as a name to go by, which would match nothing or everything', (hosts) => {
  expect(problemsOf({ SLUICE_ALLOWED_HOSTS: hosts })).toMatchObject([
    expect.stringMatching(/^SLUICE_ALLOWED_HOSTS: .*without a port/),
  ])
})

test.each(['https://sluice.example', 'https://a.example:8443/queue', 'http://localhost:3000', 'http://[::1]:3000'])(
  'lets people sign in at %s',
  (url) => {
    expect(problemsOf({ SLUICE_PUBLIC_URL: url })).toEqual([])
  },
)

test.each([
  ['sluice.example', /must be the URL/],
  ['https://sluice.example?a=b', /must be the URL/],
  ['https://sluice.example:99999', /no valid host/],
  ['http://sluice.example', /must begin with https/],
  ['http://10.0.0.7:3000', /must begin with https/],
])('refuses %s as the URL at which people sign in', (url, problem) => {
  expect(problemsOf({ SLUICE_PUBLIC_URL: url })).toMatchObject([expect.stringMatching(problem)])
})

const OIDC = {
  SLUICE_PUBLIC_URL: 'https://sluice.example',
  SLUICE_OIDC_ISSUER: 'https://login.example/realm',
  SLUICE_OIDC_CLIENT_ID: 'sluice',
  SLUICE_OIDC_CLIENT_SECRET: 'x',
  SLUICE_OIDC_ROLES: 'cn=ops=operator,admins=admin',
}

test('lets people sign in at an issuer, with a role for each value of a claim', async () => {
  const { issuer, roles, roleClaim, scopes, tenantClaim, queuesClaim } = (await oidcOptionsOf(read(OIDC))) ?? {}

  expect([issuer?.href, roleClaim, scopes]).toEqual(['https://login.example/realm', 'roles', 'openid profile'])
  expect([tenantClaim, queuesClaim]).toEqual([undefined, undefined])
  expect([...(roles ?? [])]).toEqual([
    ['cn=ops', 'operator'],
    ['admins', 'admin'],
  ])
  expect(await oidcOptionsOf(read({}))).toBeUndefined()
})

test('reports all problems of an issuer at once', () => {
  const { SLUICE_OIDC_ISSUER: issuer, ...others } = OIDC

  expect(problemsOf({ SLUICE_OIDC_ISSUER: issuer }).map((problem) => problem.split(':')[0])).toEqual([
    'SLUICE_PUBLIC_URL',
    'SLUICE_OIDC_CLIENT_ID',
    'SLUICE_OIDC_ROLES',
  ])
  expect(problemsOf(others).map((problem) => problem.split(':')[0])).toEqual([
    'SLUICE_OIDC_CLIENT_ID',
    'SLUICE_OIDC_CLIENT_SECRET',
    'SLUICE_OIDC_ROLES',
  ])
})

test('confines people by claims, which have no use without an issuer', async () => {
  const claims = { SLUICE_OIDC_TENANT_CLAIM: '/org/na~1me', SLUICE_OIDC_QUEUES_CLAIM: 'https://sluice.example/queues' }

  expect(await oidcOptionsOf(read({ ...OIDC, ...claims }))).toMatchObject({
    tenantClaim: '/org/na~1me',
    queuesClaim: 'https://sluice.example/queues',
  })
  expect(problemsOf(claims).map((problem) => problem.split(':')[0])).toEqual(Object.keys(claims))
})

test.each([
  [{ SLUICE_OIDC_ISSUER: 'http://login.example' }, /must begin with https/],
  [{ SLUICE_OIDC_ROLES: 'ops=owner' }, /one of viewer, submitter, operator, admin/],
  [{ SLUICE_OIDC_SCOPES: 'profile' }, /one of which is openid/],
  [{ SLUICE_OIDC_CLIENT_SECRET_FILE: '/run/secret' }, /Unset one of the two/],
  [{ SLUICE_OIDC_TENANT_CLAIM: '/a~2b' }, /SLUICE_OIDC_TENANT_CLAIM: .*JSON pointer/],
  [{ SLUICE_OIDC_QUEUES_CLAIM: '/a/~' }, /SLUICE_OIDC_QUEUES_CLAIM: .*JSON pointer/],
])('refuses %j of an issuer', (env, problem) => {
  expect(problemsOf({ ...OIDC, ...env })).toMatchObject([expect.stringMatching(problem)])
})

test('refuses a maximum body for which there would never be memory', () => {
  const problems = problemsOf({ SLUICE_MAX_BODY_BYTES: '2000000', SLUICE_MAX_OPEN_BODY_BYTES: '1000000' })

  expect(problems).toMatchObject([expect.stringMatching(/^SLUICE_MAX_BODY_BYTES: 2000000 is above .*1000000/)])
})

test('reports all problems at once, including unknown names', () => {
  const problems = problemsOf({ SLUICE_PORT: '70000', SLUICE_LOG_LEVEL: 'loud', SLUICE_PROT: '1' })

  expect(problems).toHaveLength(3)
  expect(problems.join('\n')).toMatch(/SLUICE_PORT.*\n.*SLUICE_LOG_LEVEL.*\n.*SLUICE_PROT.*did you mean SLUICE_PORT/)
})

test.each(['https://app.example.com', 'http://localhost:5173,https://[2001:db8::5]:8443'])(
  'lets pages of %s call the API',
  (origins) => {
    expect(read({ SLUICE_CORS_ORIGINS: origins }).SLUICE_CORS_ORIGINS).toEqual(origins.split(','))
  },
)

test.each([
  ['*', /must be .*an origin/],
  ['app.example.com', /must be .*an origin/],
  ['https://app.example.com/', /must be .*an origin/],
  ['https://*.example.com', /must be .*an origin/],
  ['https://App.example.com', /Browsers send "https:\/\/app\.example\.com"/],
  ['https://app.example.com:443', /Browsers send "https:\/\/app\.example\.com"/],
  ['https://app.example.com:99999', /has no valid host/],
])('refuses the origin %s, which no browser sends', (origin, problem) => {
  expect(problemsOf({ SLUICE_CORS_ORIGINS: origin })).toMatchObject([expect.stringMatching(problem)])
})
