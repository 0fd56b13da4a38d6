import { newApiKeyText, writeApiKey } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createMetrics } from '../../src/metrics.ts'
import { ownServerApiTest } from '../support/api-test.ts'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

/** An API key that this installation does not know. */
function unknownKey(): string {
  return writeApiKey(newApiKeyText())
}

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
