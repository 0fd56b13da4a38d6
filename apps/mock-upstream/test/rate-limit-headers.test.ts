import { describe, expect, test } from 'vitest'
import { callAt } from '../src/call-at.ts'
import { rateLimitHeaders, retryAfterHeaders } from '../src/rate-limit-headers.ts'
import { ask, type Answer, HOUR_MS, startMulti } from './support/start-server.ts'
import type { MockServer } from '../src/index.ts'

const MINUTE = { limit: 60, windowMs: 60_000 }
const ALLOWANCE = { remaining: 12, growsInMs: 1001, fullInMs: 48_500 }
const NOON = Date.UTC(2030, 0, 2, 12, 0, 0)

describe('the text of each dialect', () => {
  test('ietf: policy and state as structured fields, time in seconds rounded up', () => {
    expect(rateLimitHeaders('ietf', MINUTE, ALLOWANCE, NOON)).toEqual({
      'ratelimit-policy': '"requests";q=60;w=60',
      ratelimit: '"requests";r=12;t=2',
    })
  })

  test('ietf: a window that is not a whole number of seconds is omitted, not rounded', () => {
    expect(rateLimitHeaders('ietf', { limit: 5, windowMs: 1500 }, ALLOWANCE, NOON)).toMatchObject({
      'ratelimit-policy': '"requests";q=5',
    })
  })

  test('openai: limit and remaining, reset as a duration', () => {
    expect(rateLimitHeaders('openai', MINUTE, ALLOWANCE, NOON)).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '12',
      'x-ratelimit-reset-requests': '48.5s',
    })
  })

  test.for([
    [0, '0ms'],
    [11.2, '12ms'],
    [999.5, '1s'],
    [1000, '1s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [7_261_001, '2h1m1.001s'],
  ] as const)('openai: %d ms is written %s', ([fullInMs, written]) => {
    expect(rateLimitHeaders('openai', MINUTE, { ...ALLOWANCE, fullInMs }, NOON)).toMatchObject({
      'x-ratelimit-reset-requests': written,
    })
  })

  test('anthropic: limit and remaining, reset as a time of day rounded up to the second', () => {
    expect(rateLimitHeaders('anthropic', MINUTE, ALLOWANCE, NOON)).toEqual({
      'anthropic-ratelimit-requests-limit': '60',
      'anthropic-ratelimit-requests-remaining': '12',
      'anthropic-ratelimit-requests-reset': '2030-01-02T12:00:49Z',
    })
  })

  test('Retry-After in seconds and in ms, both rounded up', () => {
    expect(retryAfterHeaders({ ...ALLOWANCE, growsInMs: 1000.1 })).toEqual({
      'retry-after': '2',
      'retry-after-ms': '1001',
    })
  })
})

/** Uses up a limit of two, and returns the first response and the refusal. */
async function useUp(server: MockServer): Promise<{ accepted: Answer; refused: Answer }> {
  const accepted = await ask(server, '/mock/api')
  await ask(server, '/mock/api')
  const refused = await ask(server, '/mock/api')
  expect([accepted.status, refused.status]).toEqual([200, 429])
  return { accepted, refused }
}

const TWO_AN_HOUR = { limiter: 'fixed', rateLimit: { limit: 2, windowMs: HOUR_MS } } as const

describe('over HTTP', () => {
  test('200 and 429 carry no such header by default', async () => {
    const { server, create } = await startMulti()
    await create('api', TWO_AN_HOUR)

    const { accepted, refused } = await useUp(server)

    const names = [...accepted.headers.keys(), ...refused.headers.keys()]
    expect(names.filter((name) => /ratelimit|retry/.test(name))).toEqual([])
  })

  test('200 and 429 carry the IETF headers', async () => {
    const { server, create } = await startMulti()
    await create('api', { ...TWO_AN_HOUR, rateLimitHeaders: 'ietf' })

    const { accepted, refused } = await useUp(server)

    expect(accepted.headers.get('ratelimit-policy')).toBe('"requests";q=2;w=3600')
    expect(accepted.headers.get('ratelimit')).toMatch(/^"requests";r=1;t=3[56]\d\d$/)
    expect(refused.headers.get('ratelimit-policy')).toBe('"requests";q=2;w=3600')
    expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=3[56]\d\d$/)
  })

  test('200 and 429 carry the OpenAI headers', async () => {
    const { server, create } = await startMulti()
    await create('api', { ...TWO_AN_HOUR, rateLimitHeaders: 'openai' })

    const { accepted, refused } = await useUp(server)

    expect(accepted.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(accepted.headers.get('x-ratelimit-remaining-requests')).toBe('1')
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(refused.headers.get('x-ratelimit-reset-requests')).toMatch(/^(59m\d+(\.\d+)?s|1h0m0s)$/)
  })

  test('200 and 429 carry the Anthropic headers', async () => {
    const { server, create } = await startMulti()
    await create('api', { ...TWO_AN_HOUR, rateLimitHeaders: 'anthropic' })

    const { accepted, refused } = await useUp(server)

    expect(accepted.headers.get('anthropic-ratelimit-requests-limit')).toBe('2')
    expect(accepted.headers.get('anthropic-ratelimit-requests-remaining')).toBe('1')
    expect(refused.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0')
    const resetsInMs = Date.parse(refused.headers.get('anthropic-ratelimit-requests-reset') ?? '') - Date.now()
    expect(resetsInMs).toBeGreaterThan(HOUR_MS - 60_000)
    expect(resetsInMs).toBeLessThan(HOUR_MS + 60_000)
  })

  test('429 carries Retry-After in whole seconds and the same in ms; 200 and 503 carry neither', async () => {
    const { server, create } = await startMulti()
    await create('api', { ...TWO_AN_HOUR, retryAfter: true })

    const { accepted, refused } = await useUp(server)

    expect(accepted.headers.has('retry-after')).toBe(false)
    const seconds = Number(refused.headers.get('retry-after'))
    const ms = Number(refused.headers.get('retry-after-ms'))
    expect(Number.isInteger(ms)).toBe(true)
    expect(seconds).toBe(Math.ceil(ms / 1000))
    expect(ms).toBeGreaterThan(HOUR_MS - 60_000)
    expect(ms).toBeLessThanOrEqual(HOUR_MS)
  })

  test.for(['bucket', 'fixed', 'sliding'] as const)(
    '200 for a client of the %s limit that waits as long as retry-after-ms says',
    async (limiter) => {
      const { server, create } = await startMulti()
      await create('api', { limiter, rateLimit: { limit: 2, windowMs: 1000 }, retryAfter: true })

      for (let round = 0; round < 2; round += 1) {
        const refused = await askUntil(server, 429)
        const waitMs = Number(refused.headers.get('retry-after-ms'))
        await new Promise<void>((resolve) => callAt(performance.now() + waitMs, resolve))
        expect((await ask(server, '/mock/api')).status).toBe(200)
      }
    },
  )
})

async function askUntil(server: MockServer, status: number): Promise<Answer> {
  const answer = await ask(server, '/mock/api')
  return answer.status === status ? answer : await askUntil(server, status)
}
