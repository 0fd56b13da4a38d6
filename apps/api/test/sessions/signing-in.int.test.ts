import type { SessionView } from '@sluice/contracts'
import { createBatch } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { problemOf } from '../support/requests.ts'
import { cookieOf, OWN_PAGE, sessionTest, signalledTest, signIn } from '../support/session-test.ts'

const HOUR_MS = 3_600_000

describe('signing in', () => {
  sessionTest('201 with a cookie that no script reads and no network without TLS sees', async ({ app, keyOf }) => {
    const key = await keyOf('operator', { name: 'ops', queues: ['llm-*'] })

    const response = await app.inject({
      method: 'POST',
      url: '/v1/session',
      headers: OWN_PAGE,
      payload: { apiKey: key },
    })

    expect(response.statusCode).toBe(201)
    expect(response.headers['set-cookie']).toMatch(
      /^__Host-sluice=[0-9A-Za-z]{67}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const session = (
      await app.inject({ url: '/v1/session', headers: { cookie: cookieOf(response) } })
    ).json<SessionView>()
    expect(response.json()).toEqual(session)
    expect(session).toMatchObject({
      kind: 'session',
      keyId: key.slice(5, 17),
      name: 'ops',
      role: 'operator',
      queues: ['llm-*'],
    })
    expect(Date.parse(session.expiresAt ?? '') - Date.now()).toSatisfy(
      (ms: number) => ms > 11 * HOUR_MS && ms <= 12 * HOUR_MS,
    )
  })

  sessionTest('reaches the tenant of its key alone', async ({ app, engine, browse, keyOf }) => {
    const { batch: own } = await createBatch(engine, { tenant: 'zebra' })
    const { batch: foreign } = await createBatch(engine, { tenant: 'okapi' })
    const cookie = await signIn(app, await keyOf('viewer', { tenant: 'zebra' }))
    const statusOf = async (id: string) => (await browse(cookie, { url: `/v1/batches/${id}` })).statusCode

    expect([await statusOf(own.id), await statusOf(foreign.id)]).toEqual([200, 404])
    expect((await browse(cookie, { url: '/v1/session' })).json()).toMatchObject({ tenant: 'zebra' })
  })

  sessionTest(
    '401 for a key that is malformed or unknown, and 429 after too many',
    async ({ engine, keyOf, onTestFinished }) => {
      const app = await buildApp({ engine, maxFailedAuthentications: 2 })
      onTestFinished(() => app.close())
      const valid = await keyOf('viewer')
      const attempt = (apiKey: string) => app.inject({ method: 'POST', url: '/v1/session', payload: { apiKey } })

      const answers = [await attempt('garbage'), await attempt(`${valid.slice(0, -3)}abc`), await attempt(valid)]

      expect(answers.map((answer) => problemOf(answer).code)).toEqual([
        'SLUICE_UNAUTHENTICATED',
        'SLUICE_UNAUTHENTICATED',
        'SLUICE_TOO_MANY_FAILURES',
      ])
      expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual([undefined, undefined, undefined])
    },
  )

  sessionTest('ends the session that the browser had', async ({ app, browse, keyOf }) => {
    const first = await signIn(app, await keyOf('viewer'))

    const second = await signIn(app, await keyOf('admin'), { cookie: first })

    await expect.poll(async () => (await browse(first, { url: '/v1/session' })).statusCode, { timeout: 8000 }).toBe(401)
    expect((await browse(second, { url: '/v1/session' })).json()).toMatchObject({ role: 'admin' })
  })

  sessionTest(
    '403 from a page of an origin that may call the API, which could plant a session',
    async ({ engine, keyOf, onTestFinished }) => {
      const origin = 'https://app.example'
      const app = await buildApp({ engine, corsOrigins: [origin] })
      onTestFinished(() => app.close())

      for (const headers of [
        { origin },
        { origin, 'sec-fetch-site': 'cross-site' },
        { origin, 'sec-fetch-site': 'same-site' },
      ]) {
        const response = await app.inject({
          method: 'POST',
          url: '/v1/session',
          headers,
          payload: { apiKey: await keyOf('viewer') },
        })

        expect([response.statusCode, problemOf(response).code]).toEqual([403, 'SLUICE_CROSS_ORIGIN'])
      }
    },
  )
})

describe('a page that came without TLS from another machine', () => {
  const from = (host: string, scheme = 'http') => ({
    host,
    origin: `${scheme}://${host}`,
    'sec-fetch-site': 'same-origin',
  })

  sessionTest('403 without a public URL, with the remedy', async ({ engine, keyOf, onTestFinished }) => {
    const app = await buildApp({ engine, hosts: { listensOn: '0.0.0.0', allowed: ['sluice.example'] } })
    onTestFinished(() => app.close())

    for (const host of ['sluice.example', '10.0.0.7:3000']) {
      const payload = { apiKey: await keyOf('viewer') }
      const response = await app.inject({ method: 'POST', url: '/v1/session', headers: from(host), payload })

      expect(problemOf(response)).toMatchObject({
        status: 403,
        code: 'SLUICE_INSECURE_SIGN_IN',
        detail: expect.stringMatching(/TLS.*SLUICE_PUBLIC_URL/),
      })
      expect(response.headers['set-cookie']).toBeUndefined()
    }
  })

  sessionTest(
    '403 unless its origin is that of the public URL, or loopback',
    async ({ engine, keyOf, onTestFinished }) => {
      const publicUrl = new URL('https://sluice.example/queue')
      const hosts = { listensOn: '0.0.0.0', allowed: ['sluice.example', 'other.example'] }
      const app = await buildApp({ engine, hosts, publicUrl })
      onTestFinished(() => app.close())
      const statusFrom = async (headers: Record<string, string>) =>
        (await app.inject({ method: 'POST', url: '/v1/session', headers, payload: { apiKey: await keyOf('viewer') } }))
          .statusCode

      expect(await statusFrom(from('sluice.example', 'https'))).toBe(201)
      expect(await statusFrom({ host: 'sluice.example:443', origin: 'https://sluice.example' })).toBe(201)
      expect(await statusFrom(from('127.0.0.1:3000'))).toBe(201)
      expect(await statusFrom(from('sluice.example'))).toBe(403)
      expect(await statusFrom(from('other.example', 'https'))).toBe(403)
      expect(await statusFrom({ host: '10.0.0.7' })).toBe(403)
    },
  )
})

describe('signing out', () => {
  signalledTest(
    '204 ends the session in every process and deletes the cookie, once or twice',
    async ({ engine, browse, keyOf, onTestFinished }) => {
      const elsewhere = await buildApp({ engine })
      onTestFinished(() => elsewhere.close())
      const cookie = await signIn(elsewhere, await keyOf('viewer'))
      expect((await browse(cookie, { url: '/v1/session' })).statusCode).toBe(200)

      const answers = [1, 2].map(() =>
        elsewhere.inject({ method: 'DELETE', url: '/v1/session', headers: { ...OWN_PAGE, cookie } }),
      )

      for (const { statusCode, headers } of await Promise.all(answers)) {
        expect([statusCode, headers['set-cookie']]).toEqual([
          204,
          '__Host-sluice=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
        ])
      }
      await expect
        .poll(async () => (await browse(cookie, { url: '/v1/session' })).statusCode, { timeout: 3000 })
        .toBe(401)
    },
  )

  sessionTest('204 without a session', async ({ app }) => {
    expect((await app.inject({ method: 'DELETE', url: '/v1/session' })).statusCode).toBe(204)
  })
})
