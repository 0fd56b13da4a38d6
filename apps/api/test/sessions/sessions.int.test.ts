import type { AuditList, SessionView } from '@sluice/contracts'
import {
  changeApiKey,
  closeEngine,
  connectRedis,
  createEngine,
  createSession,
  deleteApiKey,
  rerollApiKey,
} from '@sluice/engine'
import { RedisLink } from '@sluice/testing'
import { describe, expect, vi } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ApiKeyCache } from '../../src/auth/api-key-cache.ts'
import { SessionCache } from '../../src/auth/session-cache.ts'
import { createMetrics } from '../../src/metrics.ts'
import { problemOf } from '../support/requests.ts'
import { sessionTest, signalledTest, signIn } from '../support/session-test.ts'

const HOUR_MS = 3_600_000

/** The id of the session in a cookie. */
function sessionIdOf(cookie: string): string {
  return cookie.slice('__Host-sluice='.length, -43)
}

describe('a session', () => {
  sessionTest('has the permissions, the queues and the quota of its key', async ({ app, browse, keyOf }) => {
    const cookie = await signIn(app, await keyOf('viewer', { queues: ['a'] }))

    expect(problemOf(await browse(cookie, { method: 'POST', url: '/v1/batches', payload: {} }))).toMatchObject({
      code: 'SLUICE_PERMISSION_MISSING',
    })
    expect(problemOf(await browse(cookie, { url: '/v1/queues/b' }))).toMatchObject({ code: 'SLUICE_QUEUE_NOT_GRANTED' })
    expect((await browse(cookie, { url: '/v1/session' })).headers['ratelimit']).toMatch(/^"requests";r=\d+;t=\d+$/)
  })

  signalledTest('changes and ends with its key at once', async ({ engine, app, browse, keyOf }) => {
    const key = await keyOf('admin')
    const id = key.slice(5, 17)
    const cookie = await signIn(app, key)
    const session = async () => (await browse(cookie, { url: '/v1/session' })).json<SessionView>()
    const soon = { timeout: 3000, interval: 10 }

    await changeApiKey(engine, id, { role: 'viewer', queues: ['a'] })
    await expect.poll(session, soon).toMatchObject({ kind: 'session', role: 'viewer', queues: ['a'] })
    const expiresAt = new Date(Date.now() + HOUR_MS)
    await changeApiKey(engine, id, { expiresAt })
    await expect.poll(session, soon).toMatchObject({ expiresAt: expiresAt.toISOString() })
    await deleteApiKey(engine, id)
    await expect.poll(session, soon).toMatchObject({ status: 401 })
  })

  signalledTest('ends when its key expires, also by a replacement', async ({ engine, app, browse, keyOf }) => {
    const key = await keyOf('admin')
    const cookie = await signIn(app, key)

    await rerollApiKey(engine, key.slice(5, 17), { graceMs: 500, createdBy: 'command' })

    await expect
      .poll(async () => (await browse(cookie, { url: '/v1/session' })).statusCode, { timeout: 3000 })
      .toBe(401)
  })

  sessionTest(
    'is not another one: a wrong secret, a cut cookie and an unknown id get 401, and prolong nothing',
    async ({ engine, app, browse, keyOf }) => {
      const cookie = await signIn(app, await keyOf('admin'))
      const { expiries } = engine.keys.sessions
      const id = sessionIdOf(cookie)
      const expiresAt = Date.now() + HOUR_MS
      await engine.redis.zadd(expiries, expiresAt, id)

      for (const wrong of [
        `${cookie.slice(0, -1)}${cookie.endsWith('0') ? '1' : '0'}`,
        cookie.slice(0, -1),
        `${cookie}0`,
        '__Host-sluice=',
        `__Host-sluice=${'x'.repeat(67)}`,
      ]) {
        expect([wrong, (await browse(wrong, { url: '/v1/session' })).statusCode]).toEqual([wrong, 401])
      }

      expect(Number(await engine.redis.zscore(expiries, id))).toBe(expiresAt)
    },
  )

  sessionTest('lasts longer when it is used, and not when it has expired', async ({ engine, app, browse, keyOf }) => {
    const [used, expired] = [await signIn(app, await keyOf('admin')), await signIn(app, await keyOf('admin'))]
    const { expiries } = engine.keys.sessions
    await engine.redis.zadd(expiries, Date.now() + HOUR_MS, sessionIdOf(used))
    await engine.redis.zadd(expiries, Date.now() - 1, sessionIdOf(expired))

    expect((await browse(used, { url: '/v1/session' })).statusCode).toBe(200)
    expect((await browse(expired, { url: '/v1/session' })).statusCode).toBe(401)

    await expect
      .poll(() => engine.redis.zscore(expiries, sessionIdOf(used)).then(Number))
      .toBeGreaterThan(Date.now() + 11 * HOUR_MS)
    expect(Number(await engine.redis.zscore(expiries, sessionIdOf(expired)))).toBeLessThan(Date.now())
  })

  sessionTest(
    'ends by the clock of Redis, however wrong the clock of the process is',
    async ({ engine, app, browse, keyOf, onTestFinished }) => {
      onTestFinished(() => void vi.useRealTimers())
      for (const skewMs of [-24 * HOUR_MS, 24 * HOUR_MS]) {
        const cookie = await signIn(app, await keyOf('admin'))
        const status = async () => (await browse(cookie, { url: '/v1/session' })).statusCode
        const { expiries, records } = engine.keys.sessions
        const id = sessionIdOf(cookie)
        // It ends in any case, so that no use prolongs it.
        const endsAt = Date.now() + 3000
        const record = JSON.parse((await engine.redis.hget(records, id)) ?? '') as object
        await engine.redis.hset(records, id, JSON.stringify({ ...record, endsAt }))
        await engine.redis.zadd(expiries, endsAt, id)
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + skewMs })

        expect(await status()).toBe(200)
        await expect.poll(status, { timeout: 5000 }).toBe(401)
        vi.useRealTimers()
      }
    },
  )

  sessionTest(
    'that has ended leaves its browser without a credential: 401, or anonymous where that is allowed',
    async ({ engine, app, browse, keyOf, onTestFinished }) => {
      const open = await buildApp({ engine, allowAnonymous: true })
      onTestFinished(() => open.close())
      const cookie = await signIn(app, await keyOf('viewer'))
      await browse(cookie, { method: 'DELETE', url: '/v1/session' })

      const anonymous = await open.inject({ url: '/v1/session', headers: { cookie } })

      expect(anonymous.json()).toMatchObject({ kind: 'anonymous' })
      const crossSite = await open.inject({ method: 'POST', url: '/v1/batches', payload: {}, headers: { cookie } })
      expect(problemOf(crossSite)).toMatchObject({ code: 'SLUICE_CROSS_ORIGIN' })
    },
  )

  sessionTest(
    'that does not exist is looked up 100 times a minute at most, and fails no sign-in',
    async ({ engine, keyOf, onTestFinished }) => {
      const metrics = createMetrics()
      const sessions = new SessionCache(engine)
      let lookUps = 0
      const find = sessions.find.bind(sessions)
      sessions.find = (id) => {
        lookUps += 1
        return find(id)
      }
      const app = await buildApp({ engine, metrics, sessions, maxFailedAuthentications: 2 })
      onTestFinished(() => app.close())

      for (let i = 0; i < 150; i += 1) {
        const cookie = `__Host-sluice=${String(i).padStart(67, 'x')}`
        expect((await app.inject({ url: '/v1/session', headers: { cookie } })).statusCode).toBe(401)
      }

      expect(lookUps).toBe(100)
      await signIn(app, await keyOf('viewer'))
    },
  )

  sessionTest(
    '503 if it is not known while Redis is away, and one that is known goes on',
    async ({ engine, keyOf, redisUrl, prefix, onTestFinished }) => {
      const link = await RedisLink.start(redisUrl)
      const redis = connectRedis(link.url, { failFast: true })
      redis.on('error', () => {})
      const cut = createEngine({ redis, prefix })
      const [apiKeys, sessions] = [new ApiKeyCache(cut, { freshMs: 0 }), new SessionCache(cut, { freshMs: 0 })]
      const app = await buildApp({ engine: cut, apiKeys, sessions })
      onTestFinished(async () => {
        await app.close()
        await closeEngine(cut)
        redis.disconnect()
        link.close()
      })
      const { session, text } = await createSession(engine, {
        kind: 'key',
        keyId: (await keyOf('viewer')).slice(5, 17),
      })
      const [known, wrong] = [`__Host-sluice=${text}`, `__Host-sluice=${session.id}${'x'.repeat(43)}`]
      const other = `__Host-sluice=${'x'.repeat(67)}`
      const status = async (cookie: string) =>
        (await app.inject({ url: '/v1/session', headers: { cookie } })).statusCode
      expect(await status(known)).toBe(200)

      link.close()

      expect([await status(known), await status(wrong), await status(other)]).toEqual([200, 401, 503])
    },
  )

  sessionTest('400 beside an API key or another session', async ({ app, keyOf }) => {
    const key = await keyOf('admin')
    const cookie = await signIn(app, key)

    for (const headers of [
      { cookie, 'x-api-key': key },
      { cookie, authorization: `Bearer ${key}` },
      { cookie: `${cookie}; ${cookie}` },
    ]) {
      const response = await app.inject({ url: '/v1/session', headers })

      expect([response.statusCode, problemOf(response).code]).toEqual([400, 'SLUICE_TWO_CREDENTIALS'])
    }
    expect((await app.inject({ url: '/v1/session', headers: { cookie: `a=b; ${cookie};c=d` } })).statusCode).toBe(200)
  })

  sessionTest(
    'has entries of the audit log that name its key and that it was a session',
    async ({ app, browse, callAs, keyOf }) => {
      const admin = await keyOf('admin', { name: 'root' })
      const cookie = await signIn(app, admin)
      await browse(cookie, { method: 'POST', url: '/v1/batches', payload: { code: 'x' } })
      await browse(cookie, { method: 'DELETE', url: '/v1/session' })
      await app.inject({ method: 'POST', url: '/v1/session', payload: { apiKey: 'garbage' } })

      const read = async () => (await callAs(admin, { url: '/v1/audit' })).json<AuditList>().entries
      await expect.poll(read).toHaveLength(4)
      const entries = await read()

      const who = { actor: 'session', keyId: admin.slice(5, 17), name: 'root' }
      expect(entries).toMatchObject([
        { actor: 'unauthenticated', operation: 'createSession', result: 'refused' },
        { ...who, operation: 'deleteSession', result: 'done' },
        { ...who, operation: 'createBatch' },
        { ...who, operation: 'createSession', result: 'done' },
      ])
      expect(JSON.stringify(entries)).not.toContain(cookie.slice(-43))
    },
  )
})

sessionTest('a session whose key is unknown opens nothing', async ({ engine, app }) => {
  const { text } = await createSession(engine, { kind: 'key', keyId: '7Yb3kQ0pXz2M' })

  const response = await app.inject({ url: '/v1/session', headers: { cookie: `__Host-sluice=${text}` } })

  expect(response.statusCode).toBe(401)
})
