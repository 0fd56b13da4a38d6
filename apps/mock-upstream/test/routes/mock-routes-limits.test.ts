import { describe, expect, test } from 'vitest'
import { ask, askInTurn, concurrencyOf, HELD, hold, HOUR_MS, PATIENCE, startMulti } from '../support/start-server.ts'

describe('the concurrency limit', () => {
  test('503 while all concurrency is in use, without counting against the rate limit', async () => {
    const { server, create } = await startMulti()
    await create('api', { ...HELD, maxConcurrency: 2, rateLimit: { limit: 3, windowMs: HOUR_MS } })
    const first = await hold(server, 'api')
    await hold(server, 'api')

    const refused = await Promise.all(Array.from({ length: 10 }, () => ask(server, '/mock/api')))

    expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 503))
    expect(refused[0]?.body).toEqual({ error: 'concurrency_limit_exceeded' })
    first.hangUp()
    await expect.poll(() => concurrencyOf('api'), PATIENCE).toBe(1)
    await hold(server, 'api')
  })

  test('a client that disconnects during the delay frees its concurrency', async () => {
    const { server, create } = await startMulti()
    await create('api', { ...HELD, maxConcurrency: 1 })
    const held = await hold(server, 'api')
    expect(await askInTurn(server, '/mock/api', 1)).toEqual([503])

    held.hangUp()

    await expect.poll(() => concurrencyOf('api'), PATIENCE).toBe(0)
    await hold(server, 'api')
  })

  test('200 for a client that calls again as soon as it has its response', async () => {
    const { server, create } = await startMulti()
    await create('api', { maxConcurrency: 1, delayMs: [1, 1] })

    expect(new Set(await askInTurn(server, '/mock/api', 200))).toEqual(new Set([200]))
  })
})

describe('the rate limit', () => {
  test.for(['bucket', 'fixed', 'sliding'] as const)(
    '429 once the %s limit is used up, by any number of concurrent requests',
    async (limiter) => {
      const { server, create } = await startMulti()
      await create('api', { limiter, rateLimit: { limit: 7, windowMs: HOUR_MS } })

      const answers = await Promise.all(Array.from({ length: 30 }, () => ask(server, '/mock/api')))

      expect(answers.filter(({ status }) => status === 200)).toHaveLength(7)
      const refused = answers.filter(({ status }) => status === 429)
      expect(refused).toHaveLength(23)
      expect(refused[0]?.body).toEqual({ error: 'rate_limit_exceeded' })
    },
  )

  test('429 from an evenly refilled token bucket by default', async () => {
    const { server, create } = await startMulti()
    // A bucket of four restores a token in a quarter of the hour. A window would take the whole hour.
    await create('api', { rateLimit: { limit: 4, windowMs: HOUR_MS }, retryAfter: true })

    const statuses = await askInTurn(server, '/mock/api', 4)
    const { status, headers } = await ask(server, '/mock/api')

    expect([...statuses, status]).toEqual([200, 200, 200, 200, 429])
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(900)
  })

  test('each service has its own limits', async () => {
    const { server, create } = await startMulti()
    await create('one', { rateLimit: { limit: 1, windowMs: HOUR_MS } })
    await create('two', { rateLimit: { limit: 1, windowMs: HOUR_MS } })

    expect(await askInTurn(server, '/mock/one', 2)).toEqual([200, 429])
    expect(await askInTurn(server, '/mock/two', 2)).toEqual([200, 429])
  })
})

describe('simulated errors', () => {
  test('500 internal_server_error when neither status nor message is given', async () => {
    const { server, create } = await startMulti()
    await create('api', { errorSimulation: { rate: 1 } })

    expect(await ask(server, '/mock/api')).toMatchObject({ status: 500, body: { error: 'internal_server_error' } })
  })

  test('418 with its own message if the service configures them', async () => {
    const { server, create } = await startMulti()
    await create('api', { errorSimulation: { rate: 1, statusCode: 418, errorMessage: 'short_and_stout' } })

    expect(await ask(server, '/mock/api')).toMatchObject({ status: 418, body: { error: 'short_and_stout' } })
  })

  test('a simulated error has no delay and does not count against the limits', async () => {
    const { server, create } = await startMulti()
    const limits = { maxConcurrency: 1, rateLimit: { limit: 1, windowMs: HOUR_MS } }
    await create('api', { ...HELD, ...limits, errorSimulation: { rate: 1, statusCode: 502 } })

    expect(await askInTurn(server, '/mock/api', 5)).toEqual([502, 502, 502, 502, 502])
    expect(concurrencyOf('api')).toBe(0)
  })

  test('200 for every request at rate 0', async () => {
    const { server, create } = await startMulti()
    await create('api', { errorSimulation: { rate: 0 } })

    expect(new Set(await askInTurn(server, '/mock/api', 20))).toEqual(new Set([200]))
  })
})
