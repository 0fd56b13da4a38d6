import { acquirePermits, pauseLimit } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { createBatch, problemOf } from '../support/requests.ts'

const url = '/v1/limits/openai'
const rules = [
  { unit: 'requests', max: 500, perMs: 60_000 },
  { unit: 'tokens', max: 200_000, perMs: 60_000 },
]
const unused = rules.map((rule) => ({ ...rule, used: 0, reserved: 0 }))

describe('PUT /v1/limits/:name', () => {
  apiTest('201 with all defaults filled in, then 200', async ({ app }) => {
    const created = await app.inject({ method: 'PUT', url, payload: { rules } })
    const replaced = await app.inject({
      method: 'PUT',
      url,
      payload: { rules: rules.slice(1), burstFactor: 1, adaptive: true },
    })

    expect(created.statusCode).toBe(201)
    expect(created.headers.location).toBe(url)
    expect(created.json()).toEqual({
      name: 'openai',
      rules: unused,
      burstFactor: 2,
      adaptive: false,
      maxPauseMs: 900_000,
      factor: 1,
      nextStartAt: null,
      pausedUntil: null,
      probing: false,
      pauses: 0,
    })
    expect(replaced.statusCode).toBe(200)
    expect(replaced.json()).toMatchObject({ rules: unused.slice(1), burstFactor: 1, adaptive: true })
    expect((await app.inject({ url })).json()).toMatchObject({ burstFactor: 1, adaptive: true })
  })

  const [rule] = rules
  apiTest.for<[path: string, payload: object]>([
    ['body/rules', {}],
    ['body/rules', { rules: [] }],
    ['body/rules', { rules: Array.from({ length: 9 }, (_, i) => ({ ...rule, perMs: 1000 + i })) }],
    ['body/rules/0/max', { rules: [{ ...rule, max: 0 }] }],
    ['body/rules/0/max', { rules: [{ ...rule, max: -5 }] }],
    ['body/rules/0/max', { rules: [{ ...rule, max: 1.5 }] }],
    ['body/rules/0/perMs', { rules: [{ ...rule, perMs: 0 }] }],
    ['body/rules/0/perMs', { rules: [{ ...rule, perMs: 99 }] }],
    ['body/rules/0/perMs', { rules: [{ ...rule, perMs: 2_678_400_001 }] }],
    ['body/rules/0/unit', { rules: [{ ...rule, unit: 'input tokens' }] }],
    ['body/rules/0/unit', { rules: [{ ...rule, unit: 'Request' }] }],
    ['body/rules/1', { rules: [rule, { ...rule, max: 7 }] }],
    ['body/burstFactor', { rules, burstFactor: 0.5 }],
    ['body/adaptive', { rules, adaptive: 'yes' }],
    ['body/maxPauseMs', { rules, maxPauseMs: 999 }],
    ['body/maxPauseMs', { rules, maxPauseMs: 900_001 }],
    ['body/burst', { rules, burst: 5 }],
  ])('400 naming %s, and nothing is stored', async ([path, payload], { app }) => {
    const response = await app.inject({ method: 'PUT', url, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path }])
    expect((await app.inject({ url })).statusCode).toBe(404)
  })
})

describe('a limit', () => {
  apiTest('is listed with its use and its pause', async ({ app, engine }) => {
    await app.inject({ method: 'PUT', url, payload: { rules } })
    await app.inject({ method: 'PUT', url: '/v1/limits/azure', payload: { rules } })
    const weights = [{ requests: 1, tokens: 1200 }]
    await acquirePermits(engine, 'openai', { lookAheadUs: 1_000_000, leadUs: 0, weights })
    await pauseLimit(engine, 'openai', { cause: 'refused', retryAfterMs: 60_000, epoch: 0 })

    const { limits } = (await app.inject({ url: '/v1/limits' })).json<{
      limits: { name: string; pausedUntil: string }[]
    }>()

    expect(limits.map(({ name }) => name)).toEqual(['azure', 'openai'])
    expect(limits[1]).toMatchObject({ rules: [{ used: 1 }, { used: 1200 }], pauses: 1 })
    expect(Date.parse(limits[1]?.pausedUntil ?? '')).toBeGreaterThan(Date.now() + 50_000)
  })

  apiTest('is listed on a page', async ({ app }) => {
    await app.inject({ method: 'PUT', url, payload: { rules } })
    await app.inject({ method: 'PUT', url: '/v1/limits/azure', payload: { rules } })

    const first = (await app.inject({ url: '/v1/limits?pageSize=1' })).json()
    const second = (await app.inject({ url: `/v1/limits?pageSize=1&cursor=${first.nextCursor}` })).json()

    expect(first).toMatchObject({ limits: [{ name: 'azure' }], nextCursor: 'azure' })
    expect(second).toMatchObject({ limits: [{ name: 'openai' }], nextCursor: null })
  })

  apiTest('is refused with 409 if there are as many as there may be', async ({ app }) => {
    for (const name of ['a', 'b', 'c']) {
      await app.inject({ method: 'PUT', url: `/v1/limits/${name}`, payload: { rules } })
    }

    const response = await app.inject({ method: 'PUT', url, payload: { rules } })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_TOO_MANY_LIMITS', maxLimits: 3 })
  })

  apiTest('cannot be deleted while a queue uses it, and can afterwards', async ({ app }) => {
    await app.inject({ method: 'PUT', url, payload: { rules } })
    await app.inject({ method: 'PUT', url: '/v1/queues/llm', payload: { limit: 'openai' } })

    const refused = await app.inject({ method: 'DELETE', url })
    await app.inject({ method: 'PUT', url: '/v1/queues/llm', payload: { limit: null } })
    const deleted = await app.inject({ method: 'DELETE', url })
    const again = await app.inject({ method: 'DELETE', url })

    expect(refused.statusCode).toBe(409)
    expect(problemOf(refused)).toMatchObject({ code: 'SLUICE_LIMIT_IN_USE', queue: 'llm' })
    expect(deleted.statusCode).toBe(204)
    expect([again.statusCode, problemOf(again).code]).toEqual([404, 'SLUICE_LIMIT_NOT_FOUND'])
  })

  apiTest('that does not exist cannot be named by a queue, whose settings stay as they were', async ({ app }) => {
    await app.inject({ method: 'PUT', url: '/v1/queues/llm', payload: { concurrency: 3 } })

    const response = await app.inject({ method: 'PUT', url: '/v1/queues/llm', payload: { limit: 'openai' } })

    expect([response.statusCode, problemOf(response).code]).toEqual([400, 'SLUICE_LIMIT_UNKNOWN'])
    expect((await app.inject({ url: '/v1/queues/llm' })).json()).toMatchObject({ concurrency: 3, limit: null })
  })

  apiTest('without room appears as the limitWait of a batch', async ({ app, engine }) => {
    await app.inject({ method: 'PUT', url, payload: { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] } })
    await app.inject({ method: 'PUT', url: '/v1/queues/llm', payload: { limit: 'openai' } })
    const { id } = await createBatch(app, { queue: 'llm', tasks: [{ payload: 1 }] })
    const read = async () => (await app.inject({ url: `/v1/batches/${id}` })).json<{ limitWait: unknown }>().limitWait

    const before = await read()
    await acquirePermits(engine, 'openai', { lookAheadUs: 1_000_000, leadUs: 0, weights: [{ requests: 1 }] })
    const exhausted = await read()
    await pauseLimit(engine, 'openai', { cause: 'exhausted', retryAfterMs: 120_000, epoch: 0 })
    const paused = await read()
    await pauseLimit(engine, 'openai', { cause: 'refused', retryAfterMs: 0, epoch: 0 })
    const probing = await read()
    await engine.redis.del(engine.keys.limit('openai').settings)
    const missing = await read()

    expect(before).toBeNull()
    expect(exhausted).toMatchObject({
      limit: 'openai',
      message: expect.stringMatching(/^Limit openai: next start in \d+\.\d s\.$/),
    })
    expect(paused).toMatchObject({
      message: expect.stringMatching(/^Limit openai: paused by the upstream until 20.+Z\.$/),
    })
    expect(probing).toMatchObject({ message: expect.stringContaining('One call at a time probes') })
    expect(missing).toMatchObject({ nextStartAt: null, message: expect.stringContaining('is being created') })
  })

  apiTest('appears in the metrics until it is deleted', async ({ app, engine }) => {
    await app.inject({ method: 'PUT', url, payload: { rules } })
    await acquirePermits(engine, 'openai', {
      lookAheadUs: 1_000_000,
      leadUs: 0,
      weights: [{ requests: 1, tokens: 40 }],
    })

    const during = (await app.inject({ url: '/metrics' })).body
    await app.inject({ method: 'DELETE', url })
    const after = (await app.inject({ url: '/metrics' })).body

    expect(during).toContain('sluice_limit_max{limit="openai",unit="tokens",per_ms="60000"} 200000\n')
    expect(during).toContain('sluice_limit_used{limit="openai",unit="tokens",per_ms="60000"} 40\n')
    expect(during).toContain('sluice_limit_paused_seconds{limit="openai"} 0\n')
    expect(after).not.toContain('limit="openai"')
  })
})

describe('PATCH /v1/limits/:name', () => {
  const limitTest = apiTest.extend('limit', async ({ app }) =>
    (await app.inject({ method: 'PUT', url, payload: { rules, burstFactor: 3, adaptive: false } })).json(),
  )

  limitTest.for<[change: object, after: object]>([
    [{ burstFactor: 1 }, { burstFactor: 1 }],
    [{ burstFactor: null }, { burstFactor: 2 }],
    [{ adaptive: null }, { adaptive: false }],
    [{ maxPauseMs: 5000 }, { maxPauseMs: 5000 }],
    [{ rules: rules.slice(1) }, { rules: unused.slice(1) }],
  ])('200: %j changes nothing else', async ([change, after], { app, limit }) => {
    const response = await app.inject({ method: 'PATCH', url, payload: change })

    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ ...limit, ...after })
    expect((await app.inject({ url })).json()).toEqual({ ...limit, ...after })
  })

  limitTest('200 for the limit as it was read, which PUT accepts, too', async ({ app, limit }) => {
    for (const method of ['PATCH', 'PUT'] as const) {
      const response = await app.inject({ method, url, payload: limit })

      expect(response.statusCode).toBe(200)
      expect(response.json()).toEqual(limit)
    }
  })

  limitTest.for<[path: string, payload: object]>([
    ['body', {}],
    ['body/name', { name: 'other', adaptive: true }],
    ['body/rules', { rules: [] }],
    ['body/rules/1', { rules: [rules[0], rules[0]] }],
  ])('400 naming %s, and nothing changes', async ([path, payload], { app, limit }) => {
    const response = await app.inject({ method: 'PATCH', url, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path }])
    expect((await app.inject({ url })).json()).toEqual(limit)
  })

  apiTest('404 for a limit that does not exist', async ({ app }) => {
    const response = await app.inject({ method: 'PATCH', url, payload: { adaptive: true } })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response).code).toBe('SLUICE_LIMIT_NOT_FOUND')
  })

  apiTest.for(['PUT', 'PATCH'] as const)('%s with If-Match changes nothing newer', async (method, { app }) => {
    const { headers } = await app.inject({ method: 'PUT', url, payload: { rules } })
    const condition = { 'if-match': String(headers.etag) }
    const send = (max: number) =>
      app.inject({
        method,
        url,
        payload: { rules: [{ unit: 'requests', max, perMs: 1000 }] },
        headers: condition,
      })

    expect((await send(1)).statusCode).toBe(200)
    const second = await send(2)

    expect(second.statusCode).toBe(412)
    expect(problemOf(second).code).toBe('SLUICE_SETTINGS_CHANGED')
    expect((await app.inject({ url })).json()).toMatchObject({ rules: [{ max: 1 }] })
  })
})
