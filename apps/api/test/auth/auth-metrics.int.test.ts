import { closeEngine, connectRedis, createEngine, deleteApiKey, newApiKeyText, writeApiKey } from '@sluice/engine'
import { RedisLink } from '@sluice/testing'
import type { InjectOptions } from 'fastify'
import { pino } from 'pino'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createMetrics } from '../../src/metrics.ts'
import { authTest } from '../support/auth-test.ts'
import { signIn } from '../support/session-test.ts'

/** An API with metrics and a log that a test can read. It allows three failed authentications of an address in a minute. */
const watchedTest = authTest
  .extend('metrics', () => createMetrics())
  .extend('lines', (): string[] => [])
  .override('app', async ({ engine, metrics, lines, onTestFinished }) => {
    const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
    const app = await buildApp({ engine, metrics, logger, maxFailedAuthentications: 3 })
    onTestFinished(() => app.close())
    return app
  })
  .extend('counts', ({ metrics }) => async () => {
    const { values } = await metrics.auth.authentications.get()
    return Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]))
  })

function withKey(key: string, request: InjectOptions = { url: '/v1/session' }): InjectOptions {
  return { ...request, headers: { 'x-api-key': key } }
}

describe('the metrics of authentication', () => {
  watchedTest('count each request by how its authentication ended', async ({ app, engine, keyOf, counts }) => {
    const [key, deleted] = [await keyOf('viewer'), await keyOf('viewer')]
    const expiresAt = new Date(Date.now() + 300)
    const expired = await keyOf('viewer', { expiresAt })
    const cookie = await signIn(app, key)
    await deleteApiKey(engine, deleted.slice(5, 17))

    await app.inject({ url: '/v1/session' })
    await app.inject(withKey('garbage'))
    await app.inject(withKey(deleted))
    await expect.poll(() => Date.now()).toBeGreaterThan(expiresAt.getTime() + 50)
    await app.inject(withKey(expired))
    await app.inject(withKey(writeApiKey(newApiKeyText())))
    await app.inject({ url: '/v1/session', headers: { cookie } })
    await app.inject({ url: '/healthz', headers: { 'x-api-key': 'garbage' } })

    expect(await counts()).toEqual({
      key: 1,
      session: 1,
      missing: 1,
      malformed: 1,
      unknown: 1,
      expired: 1,
      limited: 1,
    })
  })

  watchedTest(
    'count anonymous clients, and keys that cannot be looked up',
    async ({ redisUrl, prefix, onTestFinished }) => {
      const link = await RedisLink.start(redisUrl)
      const redis = connectRedis(link.url, { failFast: true })
      redis.on('error', () => {})
      const engine = createEngine({ redis, prefix })
      const metrics = createMetrics()
      const app = await buildApp({ engine, metrics, allowAnonymous: true })
      onTestFinished(async () => {
        await app.close()
        await closeEngine(engine)
        redis.disconnect()
        link.close()
      })

      await app.inject({ url: '/v1/session' })
      link.close()
      const { statusCode } = await app.inject(withKey(writeApiKey(newApiKeyText())))

      expect(statusCode).toBe(503)
      const { values } = await metrics.auth.authentications.get()
      expect(values.map(({ labels, value }) => [labels.result, value])).toEqual([
        ['anonymous', 1],
        ['unavailable', 1],
      ])
    },
  )

  watchedTest(
    'count refused permissions by their names, wherever they are refused',
    async ({ app, keyOf, metrics }) => {
      const [viewer, submitter, operator] = [await keyOf('viewer'), await keyOf('submitter'), await keyOf('operator')]
      const create = { method: 'POST', url: '/v1/batches', payload: {} } as const
      const narrowed = await keyOf('submitter', { queues: ['a'] })

      for (const request of [create, create, { url: '/v1/keys' }, { url: '/v1/batches' }] as InjectOptions[]) {
        await app.inject(withKey(viewer, request))
      }
      const bulk = { action: 'delete', filter: { state: 'completed' } }
      await app.inject(withKey(submitter, { method: 'POST', url: '/v1/bulk', payload: bulk }))
      await app.inject(withKey(narrowed, { url: '/v1/events?topics=system' }))
      const secrets = { http: { secrets: ['TOKEN'] } }
      await app.inject(withKey(operator, { method: 'PATCH', url: '/v1/queues/default', payload: secrets }))

      const { values } = await metrics.auth.permissionsRefused.get()
      expect(values.map(({ labels, value }) => [labels.permission, value])).toEqual([
        ['batches:write', 2],
        ['keys:read', 1],
        ['batches:delete', 1],
        ['system:read', 1],
        ['secrets:grant', 1],
      ])
    },
  )
})

describe('the log', () => {
  watchedTest('names the API key and its tenant, and has no secret of a credential', async ({ app, keyOf, lines }) => {
    const key = await keyOf('submitter', { tenant: 'zebra' })
    const unknown = writeApiKey(newApiKeyText())
    const cookie = await signIn(app, key)

    await app.inject(withKey(key))
    await app.inject({ url: '/v1/session', headers: { authorization: `Bearer ${unknown}` } })
    await app.inject({ url: '/v1/session', headers: { cookie } })
    await app.inject({ url: `/v1/batches?api_key=${key}` })
    await app.inject(withKey(key, { url: `/v1/batches/${key}` }))
    await app.inject(withKey(key, { method: 'POST', url: '/v1/batches', payload: { metadata: { key }, nope: key } }))
    await app.inject({ url: '/v1/session', headers: { authorization: `Bearer ${key}`, 'x-api-key': key } })

    const log = lines.join('')
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ url: '/v1/session', status: 200, keyId: key.slice(5, 17), tenant: 'zebra' }),
    )
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ reason: 'unknown', keyId: unknown.slice(5, 17) }),
    )
    for (const secret of [key.slice(17), unknown.slice(17), cookie.slice(-43)]) expect(log).not.toContain(secret)
  })
})
