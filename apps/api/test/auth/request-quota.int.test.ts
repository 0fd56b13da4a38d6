import { closeEngine, connectRedis, createEngine, type Engine } from '@sluice/engine'
import { RedisLink } from '@sluice/testing'
import type { FastifyInstance } from 'fastify'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createMetrics } from '../../src/metrics.ts'
import { authTest } from '../support/auth-test.ts'
import { checkAnswers } from '../support/check-answers.ts'
import { problemOf } from '../support/requests.ts'

const WINDOW_MS = 10_000

/** A test with APIs that allow each API key one request per second, which is ten in a window. */
const quotaTest = authTest.extend(
  'open',
  ({ engine, onTestFinished }) =>
    async (own: Engine = engine, perSecond = 1) => {
      const metrics = createMetrics()
      const app = await buildApp({ engine: own, metrics, maxRequestsPerSecond: perSecond })
      checkAnswers(app)
      onTestFinished(() => app.close())
      return { app, metrics }
    },
)

function call(app: FastifyInstance, key: string, url = '/v1/session') {
  return app.inject({ url, headers: { 'x-api-key': key } })
}

async function statusesOf(app: FastifyInstance, key: string, count: number): Promise<number[]> {
  const statuses: number[] = []
  for (let i = 0; i < count; i += 1) statuses.push((await call(app, key)).statusCode)
  return statuses
}

/** Waits until a window has most of its time left, so that it does not end in the middle of a test. */
async function untilWindowIsYoung(): Promise<void> {
  await expect.poll(() => Date.now() % WINDOW_MS, { timeout: WINDOW_MS, interval: 50 }).toBeLessThan(WINDOW_MS / 2)
}

describe('the quota of requests', () => {
  quotaTest('429 for one request too many, and what each answer says is left', async ({ open, keyOf }) => {
    const { app, metrics } = await open()
    const key = await keyOf('viewer')

    const answers = []
    for (let i = 0; i < 12; i += 1) answers.push(await call(app, key))

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array<number>(10).fill(200), 429, 429])
    expect(answers.map(({ headers }) => headers['ratelimit-policy'])).toEqual(
      Array<string>(12).fill('"requests";q=10;w=10'),
    )
    const left = answers.map(({ headers }) => /^"requests";r=(\d+);t=([1-9]|10)$/.exec(String(headers.ratelimit))?.[1])
    expect(left.map(Number)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0])
    const refused = answers[11]
    expect(problemOf(refused ?? { headers: {}, body: '' })).toMatchObject({
      code: 'SLUICE_TOO_MANY_REQUESTS',
      maxRequests: 10,
    })
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(Number(refused?.headers['retry-after'])).toBeLessThanOrEqual(10)
    expect(((await metrics.auth.requestsOverQuota.get()).values[0] as { value: number }).value).toBe(2)
  })

  quotaTest('is one for each API key, and also spent by requests without permission', async ({ open, keyOf }) => {
    const { app } = await open()
    const [used, other] = [await keyOf('viewer'), await keyOf('viewer')]

    for (let i = 0; i < 10; i += 1) expect((await call(app, used, '/v1/keys')).statusCode).toBe(403)

    expect((await call(app, used, '/v1/keys')).statusCode).toBe(429)
    expect(await statusesOf(app, other, 10)).toEqual(Array<number>(10).fill(200))
  })

  quotaTest(
    'does not concern health checks, anonymous clients and wrong API keys',
    async ({ engine, keyOf, onTestFinished }) => {
      const app = await buildApp({ engine, maxRequestsPerSecond: 1, allowAnonymous: true })
      onTestFinished(() => app.close())
      const key = await keyOf('viewer')
      await statusesOf(app, key, 11)

      for (let i = 0; i < 15; i += 1) {
        expect((await app.inject({ url: '/v1/session' })).statusCode).toBe(200)
        expect((await call(app, key, '/healthz')).statusCode).toBe(200)
      }
      expect((await app.inject({ url: '/v1/session' })).headers).not.toHaveProperty('ratelimit')
      expect((await call(app, 'garbage')).headers).not.toHaveProperty('ratelimit')
    },
  )

  quotaTest(
    'is one for all processes, each of which learns what the others have accepted',
    { timeout: 30_000 },
    async ({ open, keyOf }) => {
      await untilWindowIsYoung()
      const [one, other] = [await open(undefined, 20), await open(undefined, 20)]
      const key = await keyOf('viewer')
      expect(await statusesOf(one.app, key, 200)).toEqual(Array<number>(200).fill(200))

      // Fewer requests than the quota of the other process alone would allow.
      let accepted = 0
      await expect
        .poll(
          async () => {
            const { statusCode } = await call(other.app, key)
            if (statusCode === 200) accepted += 1
            return statusCode
          },
          { timeout: 4000, interval: 50 },
        )
        .toBe(429)
      expect(accepted).toBeLessThan(100)
    },
  )

  quotaTest('begins again with the next window', { timeout: 30_000 }, async ({ open, keyOf }) => {
    const { app } = await open()
    const key = await keyOf('viewer')
    expect((await statusesOf(app, key, 11)).at(-1)).toBe(429)

    await expect
      .poll(async () => (await call(app, key)).statusCode, { timeout: WINDOW_MS + 2000, interval: 100 })
      .toBe(200)
  })

  quotaTest('holds in each process while Redis is away', async ({ open, keyOf, redisUrl, prefix, onTestFinished }) => {
    const link = await RedisLink.start(redisUrl)
    const redis = connectRedis(link.url, { failFast: true })
    redis.on('error', () => {})
    const engine = createEngine({ redis, prefix })
    onTestFinished(async () => {
      await closeEngine(engine)
      redis.disconnect()
      link.close()
    })
    const { app } = await open(engine)
    const key = await keyOf('viewer')
    expect(await statusesOf(app, key, 5)).toEqual([200, 200, 200, 200, 200])

    link.close()

    expect(await statusesOf(app, key, 7)).toEqual([200, 200, 200, 200, 200, 429, 429])
  })
})

quotaTest('shows how many API keys of each role are in use', async ({ open, keyOf }) => {
  const { app } = await open()
  const [a, b, operator] = [await keyOf('viewer'), await keyOf('viewer'), await keyOf('operator')]
  for (const key of [a, a, b, operator]) await call(app, key)

  const { body } = await call(app, a, '/metrics')

  const counts = [...body.matchAll(/^sluice_api_keys_in_use\{role="(\w+)"\} (\d+)$/gm)].map(([, role, n]) => [role, n])
  expect(Object.fromEntries(counts)).toEqual({ viewer: '2', submitter: '0', operator: '1', admin: '0' })
  expect(body).not.toContain(a.slice(5, 17))
})
