import { type Operation, operations } from '@sluice/contracts'
import { deleteApiKey, newApiKeyText, writeApiKey } from '@sluice/engine'
import { fastify } from 'fastify'
import { describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import type { Authenticator } from '../../src/auth/authenticator.ts'
import { registerCredentials } from '../../src/auth/register-authentication.ts'
import { authTest } from '../support/auth-test.ts'
import { request } from '../support/raw-request.ts'
import { problemOf } from '../support/requests.ts'

const protectedOperations = Object.values(operations).filter(({ permission }) => permission !== null) as Operation[]

/** A path of the operation that names objects which do not exist. */
function exampleOf({ path }: Operation): string {
  return path.replace(':seq', '0').replaceAll(/:\w+/g, 'none')
}

/** An API key that this installation does not know. */
function unknownKey(): string {
  return writeApiKey(newApiKeyText())
}

/** An answer without what is different in each. */
function withoutIds(response: { statusCode: number; headers: object; body: string }) {
  const { 'x-request-id': _, date: _date, ...headers } = response.headers as Record<string, unknown>
  return { status: response.statusCode, headers, body: { ...JSON.parse(response.body), requestId: '' } as object }
}

describe('a request without a valid API key', () => {
  authTest(
    '401, the same for a missing, malformed, unknown, wrong, expired and deleted one',
    async ({ app, engine, keyOf }) => {
      const expired = await keyOf('admin')
      const deleted = await keyOf('admin')
      const { id, secret } = newApiKeyText()
      const wrong = writeApiKey({ id: expired.slice(5, 17), secret })
      await deleteApiKey(engine, deleted.slice(5, 17))
      const record = JSON.parse(
        (await engine.redis.hget(engine.keys.apiKeys.records, expired.slice(5, 17))) ?? '',
      ) as object
      const past = JSON.stringify({ ...record, expiresAt: Date.now() - 1000 })
      await engine.redis.hset(engine.keys.apiKeys.records, expired.slice(5, 17), past)

      const answers = await Promise.all(
        [undefined, 'garbage', expired.slice(0, -1), writeApiKey({ id, secret }), wrong, expired, deleted].map((key) =>
          app.inject({ url: '/v1/batches', headers: key === undefined ? {} : { authorization: `Bearer ${key}` } }),
        ),
      )

      expect(new Set(answers.map((answer) => JSON.stringify(withoutIds(answer)))).size).toBe(1)
      expect(answers[0]?.statusCode).toBe(401)
      expect(answers[0]?.headers['www-authenticate']).toBe('Bearer realm="sluice"')
      expect(problemOf(answers[0] ?? { headers: {}, body: '' }).code).toBe('SLUICE_UNAUTHENTICATED')
    },
  )

  authTest('401 for every operation that is not public', async ({ app }) => {
    for (const operation of protectedOperations) {
      for (const headers of [{}, { 'x-api-key': unknownKey() }] as Record<string, string>[]) {
        const { statusCode } = await app.inject({ method: operation.method, url: exampleOf(operation), headers })

        expect([operation.id, statusCode]).toEqual([operation.id, 401])
      }
    }
    expect(protectedOperations.length).toBeGreaterThan(40)
  })

  authTest('200 or 404 for what is public', async ({ app }) => {
    for (const url of ['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/static/index.css']) {
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200])
    }
    expect((await app.inject({ url: '/v1/nope', headers: { 'x-api-key': 'x' } })).statusCode).toBe(404)
  })

  authTest('401 before the body is read', async ({ baseUrl }) => {
    const answer = await request(baseUrl, 'POST /v1/batches', [
      'Host: localhost',
      'Content-Type: application/json',
      'Content-Length: 1000000',
    ])

    expect(answer.status).toBe(401)
  })
})

describe('an API whose clients need no API key', () => {
  authTest(
    '200 without a credential, and a credential that is sent still counts',
    async ({ engine, keyOf, onTestFinished }) => {
      const app = await buildApp({ engine, allowAnonymous: true })
      onTestFinished(() => app.close())
      const viewer = { 'x-api-key': await keyOf('viewer') }

      const anonymous = await app.inject({ url: '/v1/session' })

      expect(anonymous.json()).toMatchObject({ kind: 'anonymous', keyId: null, role: 'admin', queues: null })
      expect((await app.inject({ method: 'POST', url: '/v1/batches', payload: {}, headers: viewer })).statusCode).toBe(
        403,
      )
      expect((await app.inject({ url: '/v1/session', headers: { 'x-api-key': 'garbage' } })).statusCode).toBe(401)
    },
  )
})

test('a server does not start with a route that states no permission', async () => {
  const app = fastify()
  registerCredentials(app, {} as Authenticator)
  app.get('/forgotten', async () => 'secret')

  await expect(app.ready()).rejects.toThrow('The route GET /forgotten states no permission.')
})
