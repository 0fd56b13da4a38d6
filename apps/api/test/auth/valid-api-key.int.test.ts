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
import { describe, expect, vi } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ApiKeyCache } from '../../src/auth/api-key-cache.ts'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const DAY_MS = 24 * 3600 * 1000

/** An API key that this installation does not know. */
function unknownKey(): string {
  return writeApiKey(newApiKeyText())
}

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
