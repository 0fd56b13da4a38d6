import { type Operation, operations } from '@sluice/contracts'
import {
  changeApiKey,
  closeEngine,
  connectRedis,
  createApiKey,
  createEngine,
  deleteApiKey,
  newApiKeyText,
  writeApiKey,
} from '@sluice/engine'
import { RedisLink } from '@sluice/testing'
import { fastify } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ApiKeyCache } from '../../src/auth/api-key-cache.ts'
import type { Authenticator } from '../../src/auth/authenticator.ts'
import { registerCredentials } from '../../src/auth/register-authentication.ts'
import { createMetrics } from '../../src/metrics.ts'
import { ownServerApiTest } from '../support/api-test.ts'
import { authTest } from '../support/auth-test.ts'
import { request } from '../support/raw-request.ts'
import { problemOf } from '../support/requests.ts'

const DAY_MS = 24 * 3600 * 1000

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

describe('a request with a credential in the wrong place', () => {
  authTest('400 for two credentials', async ({ app, keyOf }) => {
    const key = await keyOf('admin')

    const response = await app.inject({
      url: '/v1/batches',
      headers: { authorization: `Bearer ${key}`, 'x-api-key': key },
    })

    expect([response.statusCode, problemOf(response).code]).toEqual([400, 'SLUICE_TWO_CREDENTIALS'])
  })

  authTest('400 for a key in the query, and the answer does not repeat it', async ({ app, keyOf }) => {
    const key = await keyOf('admin')

    const response = await app.inject({ url: `/v1/batches?api_key=${key}` })

    expect(problemOf(response)).toMatchObject({
      status: 400,
      code: 'SLUICE_KEY_IN_QUERY',
      detail: expect.stringContaining('URLs end up in logs and histories'),
    })
    expect(response.body).not.toContain(key)
  })

  authTest('400 or 404 for a key in a path or body, and the answer shows its id at most', async ({ callAs, keyOf }) => {
    const key = await keyOf('admin')

    for (const options of [
      { url: `/v1/keys/${key}` },
      { url: `/v1/batches/${key}` },
      { url: `/v1/nope/${key}` },
      { method: 'POST', url: '/v1/batches', payload: { [key]: key, code: { key } } },
    ] as const) {
      const response = await callAs(key, options)

      expect(response.statusCode).toBeGreaterThanOrEqual(400)
      expect(response.body).not.toContain(key.slice(20))
    }
  })
})

describe('an address with too many wrong API keys', () => {
  authTest(
    '429 for keys that the process does not know, and 200 for those that it does',
    async ({ engine, keyOf, onTestFinished }) => {
      const app = await buildApp({ engine, maxFailedAuthentications: 3 })
      onTestFinished(() => app.close())
      const [used, unused] = [await keyOf('viewer'), await keyOf('viewer')]
      const statusOf = async (key: string, remoteAddress = '10.0.0.1') =>
        (await app.inject({ url: '/v1/session', headers: { 'x-api-key': key }, remoteAddress })).statusCode
      expect(await statusOf(used)).toBe(200)

      const failures = [await statusOf('garbage'), await statusOf(unknownKey()), await statusOf(unknownKey())]
      const further = [await statusOf('garbage'), await statusOf(unknownKey()), await statusOf(unused)]

      expect([failures, further]).toEqual([
        [401, 401, 401],
        [429, 429, 429],
      ])
      expect([await statusOf(used), await statusOf(unused, '10.0.0.2')]).toEqual([200, 200])
      const limited = await app.inject({ url: '/v1/session', headers: { 'x-api-key': 'x' }, remoteAddress: '10.0.0.1' })
      expect(problemOf(limited)).toMatchObject({
        code: 'SLUICE_TOO_MANY_FAILURES',
        retryAfterMs: expect.toSatisfy(Number.isInteger),
      })
      expect(limited.headers['retry-after']).toMatch(/^\d+$/)
    },
  )

  authTest('401 for a request without a key, which guesses nothing', async ({ engine, onTestFinished }) => {
    const app = await buildApp({ engine, maxFailedAuthentications: 1 })
    onTestFinished(() => app.close())

    const statuses = []
    for (let i = 0; i < 5; i += 1) statuses.push((await app.inject({ url: '/v1/session' })).statusCode)

    expect(statuses).toEqual([401, 401, 401, 401, 401])
  })
})

describe('garbage in the place of an API key', () => {
  ownServerApiTest('costs Redis no command, and takes no place in the gate', async ({ engine, redis }) => {
    const metrics = createMetrics()
    const app = await buildApp({ engine, metrics, maxFailedAuthentications: 1_000_000 })
    const commands = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
    const gated = async () =>
      JSON.stringify(await metrics.registry.getSingleMetric('sluice_gate_requests_total')?.get())
    await app.inject({ url: '/v1/session', headers: { 'x-api-key': unknownKey() } })
    // The first refusal of an address in a minute gets an entry of the audit log.
    await expect.poll(() => redis.xlen(engine.keys.audit.traffic)).toBe(1)
    const [before, gatedBefore] = [await commands(), await gated()]

    for (let i = 0; i < 2000; i += 1) {
      await app.inject({ url: '/v1/session', headers: { 'x-api-key': `slk1_${String(i).padStart(61, '0')}` } })
    }

    expect(await commands()).toBe(before)
    expect(await gated()).toBe(gatedBefore)
    const { values } = (await metrics.auth.authentications.get()) as { values: { value: number; labels: object }[] }
    expect(values).toContainEqual({ value: 2000, labels: { result: 'malformed' } })
    await app.close()
  })
})

describe('a valid API key', () => {
  authTest('200 from both headers, and the session says what it may do', async ({ app, callAs, keyOf }) => {
    const key = await keyOf('submitter', { name: 'import', queues: ['llm-*'] })

    const response = await callAs(key, { url: '/v1/session' })

    expect((await app.inject({ url: '/v1/session', headers: { 'x-api-key': key } })).json()).toEqual(response.json())
    expect(response.json()).toEqual({
      kind: 'key',
      tenant: null,
      keyId: key.slice(5, 17),
      name: 'import',
      subject: null,
      role: 'submitter',
      permissions: [
        'session:read',
        'session:write',
        'batches:read',
        'queues:read',
        'limits:read',
        'detections:read',
        'workers:read',
        'tenants:read',
        'batches:write',
        'payloads:read',
      ],
      queues: ['llm-*'],
      expiresAt: null,
    })
  })

  authTest(
    '401 once its record has the hash of another secret, and 200 again with the first one',
    async ({ engine, keyOf, onTestFinished }) => {
      const app = await buildApp({ engine, apiKeys: new ApiKeyCache(engine, { freshMs: 0 }) })
      onTestFinished(() => app.close())
      const key = await keyOf('viewer')
      const id = key.slice(5, 17)
      const status = async () => (await app.inject({ url: '/v1/session', headers: { 'x-api-key': key } })).statusCode
      const { records } = engine.keys.apiKeys
      const json = (await engine.redis.hget(records, id)) ?? ''
      const other = JSON.stringify({ ...(JSON.parse(json) as object), hash: 'A'.repeat(43) })
      const statuses = [await status(), await status()]

      await engine.redis.hset(records, id, other)
      statuses.push(await status())
      await engine.redis.hset(records, id, json)
      statuses.push(await status())

      expect(statuses).toEqual([200, 200, 401, 200])
    },
  )

  authTest(
    '401 and 403 from the moment of the signal that it was deleted or changed, however often it was used',
    async ({ engine, keyOf, onTestFinished }) => {
      const apiKeys = new ApiKeyCache(engine)
      const app = await buildApp({ engine, apiKeys })
      onTestFinished(() => app.close())
      const key = await keyOf('operator')
      const [id, body] = [key.slice(5, 17), { method: 'POST', url: '/v1/batches', payload: {} } as const]
      const status = async () => (await app.inject({ ...body, headers: { 'x-api-key': key } })).statusCode
      const statuses = [await status(), await status(), await status()]

      await changeApiKey(engine, id, { role: 'viewer' })
      apiKeys.forget(id)
      statuses.push(await status(), await status())
      await deleteApiKey(engine, id)
      apiKeys.forget(id)
      statuses.push(await status(), await status())

      expect(statuses).toEqual([201, 201, 201, 403, 403, 401, 401])
    },
  )

  authTest('401 from the moment at which it expires', async ({ callAs, keyOf }) => {
    const key = await keyOf('viewer', { expiresAt: new Date(Date.now() + 1500) })
    expect((await callAs(key, { url: '/v1/session' })).statusCode).toBe(200)

    // Far sooner than the process reads the key again.
    await expect.poll(async () => (await callAs(key, { url: '/v1/session' })).statusCode, { timeout: 3000 }).toBe(401)
  })

  authTest(
    '401 once it expires by the clock of Redis, however wrong the clock of the process is',
    async ({ callAs, keyOf, onTestFinished }) => {
      onTestFinished(() => void vi.useRealTimers())
      for (const skewMs of [-DAY_MS, DAY_MS]) {
        const key = await keyOf('viewer', { expiresAt: new Date(Date.now() + 3000) })
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + skewMs })

        expect((await callAs(key, { url: '/v1/session' })).statusCode).toBe(200)
        await expect.poll(async () => (await callAs(key, { url: '/v1/session' })).statusCode).toBe(401)
        vi.useRealTimers()
      }
    },
  )

  authTest(
    '503 if it is not known while Redis is away, and never a pass',
    async ({ redisUrl, prefix, onTestFinished }) => {
      const link = await RedisLink.start(redisUrl)
      const redis = connectRedis(link.url, { failFast: true })
      redis.on('error', () => {})
      const engine = createEngine({ redis, prefix })
      const app = await buildApp({ engine, apiKeys: new ApiKeyCache(engine, { freshMs: 0 }) })
      onTestFinished(async () => {
        await app.close()
        await closeEngine(engine)
        redis.disconnect()
        link.close()
      })
      const [known, other] = await Promise.all(
        [1, 2].map(() => createApiKey(engine, { name: 'x', role: 'viewer' }, 'command')),
      )
      const call = (key = '') => app.inject({ url: '/v1/session', headers: { 'x-api-key': key } })
      expect((await call(known?.text)).statusCode).toBe(200)

      link.close()

      expect((await call(known?.text)).statusCode).toBe(200)
      const wrong = writeApiKey({ id: known?.apiKey.id ?? '', secret: newApiKeyText().secret })
      expect((await call(wrong)).statusCode).toBe(401)
      for (const key of [other?.text, unknownKey()]) {
        const response = await call(key)
        expect([response.statusCode, problemOf(response).code]).toEqual([503, 'SLUICE_REDIS_UNAVAILABLE'])
      }
    },
  )
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
