import { deleteApiKey } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { problemOf } from '../support/requests.ts'
import { OWN_PAGE, sessionTest, signalledTest, signIn } from '../support/session-test.ts'

const HOUR_MS = 3_600_000

/** The id of the session in a cookie. */
function sessionIdOf(cookie: string): string {
  return cookie.slice('__Host-sluice='.length, -43)
}

describe('a request with a session that changes something', () => {
  const foreign = [
    {},
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'https://app.example' },
    { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
    { host: '10.0.0.7', origin: 'http://10.0.0.7' },
  ]

  sessionTest('403 unless a page of the API itself made it', async ({ engine, keyOf, onTestFinished }) => {
    const app = await buildApp({ engine, corsOrigins: ['https://app.example'], hosts: { listensOn: '0.0.0.0' } })
    onTestFinished(() => app.close())
    const cookie = await signIn(app, await keyOf('admin'))
    for (const headers of foreign) {
      for (const target of [
        { method: 'POST', url: '/v1/batches', payload: {} },
        { method: 'DELETE', url: '/v1/session' },
      ] as const) {
        const response = await app.inject({ ...target, headers: { host: 'localhost', ...headers, cookie } })

        expect([headers, problemOf(response).code]).toEqual([headers, 'SLUICE_CROSS_ORIGIN'])
      }
    }
    expect((await app.inject({ url: '/v1/batches', headers: { cookie } })).json()).toMatchObject({ batches: [] })
  })

  sessionTest(
    '201 from its own page, in browsers that send Sec-Fetch-Site and in those that send Origin alone',
    async ({ app, keyOf }) => {
      const cookie = await signIn(app, await keyOf('admin'))

      for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: 'http://localhost' }, OWN_PAGE]) {
        const sent = { host: 'localhost', ...headers, cookie }
        expect((await app.inject({ method: 'POST', url: '/v1/batches', payload: {}, headers: sent })).statusCode).toBe(
          201,
        )
      }
    },
  )
})

describe('an event stream of a session', () => {
  async function openStream(baseUrl: string, cookie: string, id: string): Promise<Response> {
    const response = await fetch(`${baseUrl}/v1/batches/${id}/events`, { headers: { cookie } })
    expect(response.status).toBe(200)
    return response
  }

  signalledTest(
    'ends when the session ends, and when its key is deleted',
    async ({ engine, app, browse, baseUrl, keyOf }) => {
      const key = await keyOf('admin')
      const [first, second] = [await signIn(app, key), await signIn(app, key)]
      const { id } = (await browse(first, { method: 'POST', url: '/v1/batches', payload: {} })).json<{ id: string }>()
      const other = (await openStream(baseUrl, second, id)).text()
      const stream = (await openStream(baseUrl, first, id)).text()

      await browse(first, { method: 'DELETE', url: '/v1/session' })
      expect(await Promise.race([stream, other.then(() => 'the other one')])).toContain('event: snapshot')
      await deleteApiKey(engine, key.slice(5, 17))

      expect(await other).not.toContain('event: end')
    },
  )

  signalledTest('keeps its session in use', async ({ engine, app, browse, baseUrl, keyOf }) => {
    const cookie = await signIn(app, await keyOf('admin'))
    const { id } = (await browse(cookie, { method: 'POST', url: '/v1/batches', payload: {} })).json<{ id: string }>()
    const stream = await openStream(baseUrl, cookie, id)
    const { expiries } = engine.keys.sessions
    const sessionId = sessionIdOf(cookie)
    await engine.redis.zadd(expiries, Date.now() + HOUR_MS, sessionId)

    await expect
      .poll(() => engine.redis.zscore(expiries, sessionId).then(Number), { timeout: 15_000 })
      .toBeGreaterThan(Date.now() + 11 * HOUR_MS)
    await stream.body?.cancel()
  })
})
