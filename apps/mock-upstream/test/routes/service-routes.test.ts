import { describe, expect, test } from 'vitest'
import { getServerState } from '../../src/index.ts'
import { ask, askInTurn, EASY, HOUR_MS, startMulti, startSingle } from '../support/start-server.ts'

const INVALID = { status: 400, body: { error: 'invalid_params' } }

function put(body: unknown): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: text }
}

const MINIMAL = { maxConcurrency: 1, rateLimit: { limit: 1, windowMs: 1 } }

describe('POST /service/:name', () => {
  test('201 with the name and "created", and the service answers', async () => {
    const { server } = await startMulti()
    const created = await ask(server, '/service/api', put(EASY))

    expect(created).toMatchObject({ status: 201, body: { service: 'api', status: 'created' } })
    expect(await askInTurn(server, '/mock/api', 1)).toEqual([200])
  })

  test('201 again for a name that exists: limits and statistics are reset', async () => {
    const { server, create } = await startMulti()
    await create('api', { rateLimit: { limit: 1, windowMs: HOUR_MS } })
    expect(await askInTurn(server, '/mock/api', 2)).toEqual([200, 429])

    await create('api', { rateLimit: { limit: 2, windowMs: HOUR_MS } })

    expect(await askInTurn(server, '/mock/api', 3)).toEqual([200, 200, 429])
    expect((await ask(server, '/stats')).body).toMatchObject({ api: { requests: 3 } })
  })

  const good: [string, unknown][] = [
    ['only what is required', MINIMAL],
    ['a delay of nothing', { ...MINIMAL, delayMs: [0, 0] }],
    ['a delay in fractions', { ...MINIMAL, delayMs: [0.5, 1.5] }],
    ['errors at every edge', { ...MINIMAL, errorSimulation: { rate: 1, statusCode: 599, errorMessage: '' } }],
    ['a token bucket', { ...MINIMAL, limiter: 'bucket' }],
    ['a fixed window', { ...MINIMAL, limiter: 'fixed' }],
    ['a sliding window', { ...MINIMAL, limiter: 'sliding' }],
    ['IETF headers', { ...MINIMAL, retryAfter: true, rateLimitHeaders: 'ietf' }],
    ['OpenAI headers', { ...MINIMAL, retryAfter: false, rateLimitHeaders: 'openai' }],
    ['Anthropic headers', { ...MINIMAL, rateLimitHeaders: 'anthropic' }],
    ['a constant latency', { ...MINIMAL, latencyMs: { distribution: 'constant', value: 0 } }],
    ['a uniform latency', { ...MINIMAL, latencyMs: { distribution: 'uniform', min: 1, max: 1 } }],
    ['a normal latency', { ...MINIMAL, latencyMs: { distribution: 'normal', mean: 10, stddev: 0 } }],
    ['a lognormal latency', { ...MINIMAL, latencyMs: { distribution: 'lognormal', median: 10, sigma: 0.5 } }],
  ]

  test('201 with null for every optional field, which then has its default', async () => {
    const { server } = await startMulti()
    const optional = ['delayMs', 'errorSimulation', 'limiter', 'retryAfter', 'rateLimitHeaders', 'latencyMs']
    const nulls = Object.fromEntries(optional.map((name) => [name, null]))

    const created = await ask(server, '/service/api', put({ ...EASY, ...nulls }))

    expect(created.status).toBe(201)
    expect(getServerState().services.get('api')?.settings).toEqual({
      maxConcurrency: EASY.maxConcurrency,
      rateLimit: EASY.rateLimit,
    })
  })

  test('201 with null for the optional fields of errorSimulation', async () => {
    const { server } = await startMulti()
    const errorSimulation = { rate: 1, statusCode: null, errorMessage: null }
    await ask(server, '/service/api', put({ ...EASY, errorSimulation }))

    expect(await ask(server, '/mock/api')).toMatchObject({ status: 500, body: { error: 'internal_server_error' } })
  })

  test.for(good)('201 with %s', async ([, body]) => {
    const { server } = await startMulti()
    expect((await ask(server, '/service/api', put(body))).status).toBe(201)
  })

  test('201 for JSON sent as a form, as curl -d does', async () => {
    const { server } = await startMulti()
    const init = { ...put(MINIMAL), headers: { 'content-type': 'application/x-www-form-urlencoded' } }

    expect((await ask(server, '/service/api', init)).status).toBe(201)
  })

  const bad: [string, unknown][] = [
    ['nothing', ''],
    ['text that is not JSON', '{'],
    ['null', null],
    ['a list', []],
    ['an empty object', {}],
    ['no rateLimit', { maxConcurrency: 1 }],
    ['null for rateLimit', { maxConcurrency: 1, rateLimit: null }],
    ['null for one delay', { ...MINIMAL, delayMs: [null, 5] }],
    ['no maxConcurrency', { rateLimit: MINIMAL.rateLimit }],
    ['maxConcurrency 0', { ...MINIMAL, maxConcurrency: 0 }],
    ['maxConcurrency 1.5', { ...MINIMAL, maxConcurrency: 1.5 }],
    ['maxConcurrency as text', { ...MINIMAL, maxConcurrency: '1' }],
    ['no limit', { ...MINIMAL, rateLimit: { windowMs: 1 } }],
    ['no windowMs', { ...MINIMAL, rateLimit: { limit: 1 } }],
    ['limit 0', { ...MINIMAL, rateLimit: { limit: 0, windowMs: 1 } }],
    ['limit as text', { ...MINIMAL, rateLimit: { limit: '1', windowMs: 1 } }],
    ['windowMs below 1', { ...MINIMAL, rateLimit: { limit: 1, windowMs: 0.5 } }],
    ['rateLimit as a number', { ...MINIMAL, rateLimit: 5 }],
    ['delayMs as a number', { ...MINIMAL, delayMs: 5 }],
    ['delayMs of one', { ...MINIMAL, delayMs: [5] }],
    ['delayMs of three', { ...MINIMAL, delayMs: [1, 2, 3] }],
    ['delayMs of text', { ...MINIMAL, delayMs: ['1', '2'] }],
    ['delayMs below 0', { ...MINIMAL, delayMs: [-1, 2] }],
    ['delayMs the wrong way round', { ...MINIMAL, delayMs: [2, 1] }],
    ['delayMs longer than a timer lasts', { ...MINIMAL, delayMs: [0, 2 ** 31] }],
    ['an error rate below 0', { ...MINIMAL, errorSimulation: { rate: -0.1 } }],
    ['an error rate above 1', { ...MINIMAL, errorSimulation: { rate: 1.5 } }],
    ['no error rate', { ...MINIMAL, errorSimulation: { statusCode: 500 } }],
    ['an error status that HTTP does not have', { ...MINIMAL, errorSimulation: { rate: 1, statusCode: 42 } }],
    ['an error message that is no text', { ...MINIMAL, errorSimulation: { rate: 1, errorMessage: 1 } }],
    ['an unknown limiter', { ...MINIMAL, limiter: 'leaky' }],
    ['retryAfter as text', { ...MINIMAL, retryAfter: 'true' }],
    ['unknown headers', { ...MINIMAL, rateLimitHeaders: 'github' }],
    ['an unknown distribution', { ...MINIMAL, latencyMs: { distribution: 'pareto', value: 1 } }],
    ['a uniform latency the wrong way round', { ...MINIMAL, latencyMs: { distribution: 'uniform', min: 2, max: 1 } }],
    ['a latency with the wrong fields', { ...MINIMAL, latencyMs: { distribution: 'normal', value: 1 } }],
    ['latencyMs as a number', { ...MINIMAL, latencyMs: 5 }],
    ['an unknown field', { ...MINIMAL, retriesAfter: true }],
    ['more than a megabyte', { ...MINIMAL, errorSimulation: { rate: 1, errorMessage: 'x'.repeat(2_000_000) } }],
  ]

  test.for(bad)('400 invalid_params with %s, and the existing service stays', async ([, body]) => {
    const { server, create } = await startMulti()
    await create('api')

    expect(await ask(server, '/service/api', put(body))).toMatchObject(INVALID)
    expect(await askInTurn(server, '/mock/api', 1)).toEqual([200])
  })

  test('400 invalid_params without a name', async () => {
    const { server } = await startMulti()
    expect(await ask(server, '/service/', put(MINIMAL))).toMatchObject(INVALID)
  })
})

describe('DELETE /service/:name', () => {
  test('200 with the name and "deleted", and the service is gone', async () => {
    const { server, create } = await startMulti()
    await create('api')

    const deleted = await ask(server, '/service/api', { method: 'DELETE' })

    expect(deleted).toMatchObject({ status: 200, body: { service: 'api', status: 'deleted' } })
    expect(await ask(server, '/mock/api')).toMatchObject({ status: 404, body: { error: 'service_not_found' } })
    expect((await ask(server, '/stats')).body).toEqual({})
  })

  test('404 service_not_found for a service that was not created', async () => {
    const { server } = await startMulti()
    const deleted = await ask(server, '/service/unknown', { method: 'DELETE' })

    expect(deleted).toMatchObject({ status: 404, body: { error: 'service_not_found' } })
  })

  test('400 invalid_params without a name', async () => {
    const { server } = await startMulti()
    expect(await ask(server, '/service/', { method: 'DELETE' })).toMatchObject(INVALID)
  })
})

test.for([
  ['a good service', put(MINIMAL)],
  ['a bad service', put({})],
  ['no JSON', put('{')],
  ['a deletion', { method: 'DELETE' }],
] as const)('400 single_mode_no_create for %s in single mode', async ([, init]) => {
  const server = await startSingle()

  expect(await ask(server, '/service/api', init)).toMatchObject({
    status: 400,
    body: { error: 'single_mode_no_create' },
  })
  expect(getServerState().services.size).toBe(0)
})
