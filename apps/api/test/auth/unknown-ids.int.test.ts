import {
  createApiKey,
  createSession,
  findApiKey,
  newApiKeyText,
  type RedisConnection,
  writeApiKey,
} from '@sluice/engine'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ApiKeyCache } from '../../src/auth/api-key-cache.ts'
import { createMetrics } from '../../src/metrics.ts'
import { ownServerApiTest } from '../support/api-test.ts'
import { OWN_PAGE } from '../support/session-test.ts'

const MAX_FAILURES = 10

/** An API whose commands a test can count. Redis has its scripts, and the audit log the refusal of one client. */
const unknownTest = ownServerApiTest
  .override('app', async ({ engine, onTestFinished }) => {
    const app = await buildApp({ engine, maxFailedAuthentications: MAX_FAILURES })
    onTestFinished(() => app.close())
    for (const headers of [{ 'x-api-key': unknownKey() }, { cookie: unknownCookie(0) }]) {
      await app.inject({ url: '/v1/session', headers, remoteAddress: '10.9.9.9' })
    }
    await expect.poll(() => engine.redis.xlen(engine.keys.audit.traffic)).toBe(1)
    return app
  })
  .extend(
    'statusesOf',
    ({ app }) =>
      (keys: readonly string[], remoteAddress = '10.0.0.1') =>
        Promise.all(
          keys.map(
            async (key) =>
              (await app.inject({ url: '/v1/session', headers: { 'x-api-key': key }, remoteAddress })).statusCode,
          ),
        ),
  )

/** A well-formed API key that this installation does not know. */
function unknownKey(): string {
  return writeApiKey(newApiKeyText())
}

/** The cookie of a session that does not exist. */
function unknownCookie(n: number): string {
  return `__Host-sluice=${String(n).padEnd(67, 'x')}`
}

/** How many scripts Redis has run, which every look-up is. */
async function scriptsOf(redis: RedisConnection): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
}

function countOf(statuses: readonly number[], status: number): number {
  return statuses.filter((each) => each === status).length
}

describe('a flood of well-formed API keys with unknown ids', () => {
  unknownTest(
    'costs Redis as many look-ups as its address may have failures, also if all arrive before the first is answered',
    async ({ redis, statusesOf }) => {
      const before = await scriptsOf(redis)

      const statuses = await statusesOf(Array.from({ length: 500 }, unknownKey))
      const further = await statusesOf(Array.from({ length: 500 }, unknownKey))

      // The gate may shed some.
      expect(countOf(statuses, 401)).toBe(MAX_FAILURES)
      expect(countOf(statuses, 429) + countOf(statuses, 503)).toBe(500 - MAX_FAILURES)
      expect(countOf(further, 429)).toBe(500)
      // And the audit log has an entry of the first refusal of the address, which may follow its answer.
      await expect.poll(() => scriptsOf(redis)).toBe(before + MAX_FAILURES + 1)
    },
  )

  unknownTest('leaves other addresses alone', async ({ engine, statusesOf }) => {
    const { text } = await createApiKey(engine, { name: 'x', role: 'viewer' }, 'command')
    const flood = statusesOf(Array.from({ length: 500 }, unknownKey))

    expect(await statusesOf([text], '10.0.0.2')).toEqual([200])

    await flood
  })

  unknownTest(
    'is not what many valid keys of one address are, although none is known yet',
    async ({ engine, statusesOf }) => {
      const created = Array.from({ length: 100 }, () => createApiKey(engine, { name: 'x', role: 'viewer' }, 'command'))
      const keys = (await Promise.all(created)).map(({ text }) => text)

      // More than may fail: clients behind one proxy, after a restart of the process.
      expect(new Set(await statusesOf(keys))).toEqual(new Set([200]))
    },
  )
})

describe('a flood of cookies of unknown sessions', () => {
  unknownTest('costs Redis 100 look-ups, also by the operations that need no permission', async ({ app, redis }) => {
    const before = await scriptsOf(redis)
    const signOut = async (_: unknown, n: number) => {
      const headers = { ...OWN_PAGE, cookie: unknownCookie(n) }
      return (await app.inject({ method: 'DELETE', url: '/v1/session', headers })).statusCode
    }

    const statuses = await Promise.all(Array.from({ length: 500 }, signOut))
    const read = await app.inject({ url: '/v1/session', headers: { cookie: unknownCookie(500) } })

    // A session that was not looked up must not seem ended.
    expect(countOf(statuses, 204)).toBe(100)
    expect([countOf(statuses, 429) + countOf(statuses, 503), read.statusCode]).toEqual([400, 401])
    // And the audit log has an entry of the first refusal.
    await expect.poll(() => scriptsOf(redis)).toBe(before + 101)
  })
})

describe('the id of an API key', () => {
  unknownTest('is public: sending it with another secret is no use of the key', async ({ engine, onTestFinished }) => {
    const apiKeys = new ApiKeyCache(engine)
    const app = await buildApp({ engine, apiKeys, metrics: createMetrics() })
    onTestFinished(() => app.close())
    const { apiKey, text } = await createApiKey(engine, { name: 'x', role: 'operator' }, 'command')
    const call = async (key: string) =>
      (await app.inject({ url: '/v1/session', headers: { 'x-api-key': key } })).statusCode
    const usedAt = async () => (await findApiKey(engine, apiKey.id))?.apiKey.lastUsedAt ?? null

    expect(await call(writeApiKey({ id: apiKey.id, secret: newApiKeyText().secret }))).toBe(401)

    // A note would have been sent before this command.
    expect([await usedAt(), apiKeys.countInUse().get('operator')]).toEqual([null, 0])
    expect(await call(text)).toBe(200)
    await expect.poll(usedAt).toBeInstanceOf(Date)
    expect(apiKeys.countInUse().get('operator')).toBe(1)
  })

  unknownTest('is used by the sessions of its key', async ({ app, engine }) => {
    const { apiKey } = await createApiKey(engine, { name: 'x', role: 'operator' }, 'command')
    const { text } = await createSession(engine, { kind: 'key', keyId: apiKey.id })

    const { statusCode } = await app.inject({ url: '/v1/session', headers: { cookie: `__Host-sluice=${text}` } })

    expect(statusCode).toBe(200)
    await expect.poll(async () => (await findApiKey(engine, apiKey.id))?.apiKey.lastUsedAt).toBeInstanceOf(Date)
  })
})
