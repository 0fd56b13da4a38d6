import type { Engine } from '@sluice/engine'
import { findKeys, type RedisConnection } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { apiTest, ownServerApiTest } from '../support/api-test.ts'
import { createBatch, problemOf } from '../support/requests.ts'

const url = '/v1/batches'

describe('POST /v1/batches', () => {
  apiTest('201 with the batch and its path', async ({ app }) => {
    const response = await app.inject({
      method: 'POST',
      url,
      payload: {
        code: 'invoices 2026-01 €',
        type: 'invoice',
        metadata: { customer: 'acme', nested: [1, null, { deep: true }] },
        concurrency: 7,
        priority: 2,
        retry: { maxAttempts: 5 },
        attemptTimeoutMs: 1500,
        tasks: [{ payload: 1 }, { payload: { two: 2 }, key: 'b' }],
      },
    })

    expect(response.statusCode, `answer: ${response.body}`).toBe(201)
    const batch = response.json()
    expect(response.headers.location).toBe(`/v1/batches/${batch.id}`)
    expect(batch).toMatchObject({
      code: 'invoices 2026-01 €',
      queue: 'default',
      type: 'invoice',
      state: 'active',
      sealed: true,
      counts: { pending: 2, total: 2 },
      metadata: { customer: 'acme', nested: [1, null, { deep: true }] },
      concurrency: 7,
      priority: 2,
      retry: { maxAttempts: 5, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 },
      attemptTimeoutMs: 1500,
      startedAt: null,
    })
    expect(Date.now() - Date.parse(batch.createdAt)).toBeLessThan(60_000)
  })

  apiTest('201 for an empty body: an unsealed batch with its id as code', async ({ app }) => {
    const batch = await createBatch(app)

    expect(batch).toMatchObject({ code: batch.id, sealed: false, priority: 5, concurrency: null, counts: { total: 0 } })
  })

  apiTest('201 and unsealed if sealed is false', async ({ app }) => {
    expect(await createBatch(app, { tasks: [{ payload: 1 }], sealed: false })).toMatchObject({ sealed: false })
  })

  apiTest('201 and completed for an empty list of tasks, which is a job without rows', async ({ app }) => {
    expect(await createBatch(app, { tasks: [] })).toMatchObject({ sealed: true, state: 'completed', percent: 100 })
    expect(await createBatch(app, { tasks: [], sealed: false })).toMatchObject({ sealed: false, state: 'active' })
  })

  apiTest.for<[type: string, payload: string]>([
    ['application/json', '{}'],
    ['application/x-ndjson', ''],
  ])('keeps a valid traceparent with the batch, and ignores another: %s', async ([type, payload], { app, engine }) => {
    const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const kept = async (traceparent: string) => {
      const headers = { 'content-type': type, traceparent }
      const { id } = (await app.inject({ method: 'POST', url, headers, payload })).json()
      return await engine.redis.hget(engine.keys.batch(id).meta, 'traceparent')
    }

    expect(await kept(valid)).toBe(valid)
    expect(await kept(`${valid}-01`)).toBeNull()
    expect(await kept('x'.repeat(1000))).toBeNull()
  })

  apiTest('409 for a repeated key with an empty list in place of none', async ({ app }) => {
    const headers = { 'idempotency-key': 'once' }
    await app.inject({ method: 'POST', url, headers, payload: {} })

    const response = await app.inject({ method: 'POST', url, headers, payload: { tasks: [] } })

    expect(problemOf(response).code).toBe('SLUICE_IDEMPOTENCY_KEY_REUSED')
  })

  apiTest('400 for a query beside a JSON body, which would have no effect', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url: `${url}?code=a&seal=false`, payload: { code: 'b' } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'query/code' }, { path: 'query/seal' }])
  })

  apiTest('400 for half of a surrogate pair in a code', async ({ app }) => {
    const headers = { 'content-type': 'application/json' }

    const response = await app.inject({ method: 'POST', url, headers, payload: String.raw`{"code":"a\ud800"}` })

    expect(problemOf(response).errors?.map(({ path }) => path)).toEqual(['body/code'])
  })

  apiTest('201 keeps payloads unchanged, whatever their keys', async ({ app }) => {
    const payload = '{"__proto__":{"a":1},"constructor":{"prototype":2},"text":"\\u0000 é 😀","n":1.5e-7}'
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      payload: `{"type":"test","tasks":[{"payload":${payload}}]}`,
    })

    const task = await app.inject({ url: `${url}/${response.json().id}/tasks/0` })

    expect(JSON.stringify(task.json().payload)).toBe(JSON.stringify(JSON.parse(payload)))
  })

  apiTest('200 with the first answer for a repeated key and body', async ({ app }) => {
    const request = {
      method: 'POST',
      url,
      headers: { 'idempotency-key': 'once' },
      payload: { type: 'test', tasks: [{ payload: 1 }] },
    } as const
    const first = await app.inject(request)

    const second = await app.inject(request)

    expect(first.statusCode).toBe(201)
    expect(second.statusCode).toBe(200)
    expect(second.json()).toEqual(first.json())
    expect(second.headers.location).toBe(first.headers.location)
    expect((await app.inject({ url })).json().batches).toHaveLength(1)
  })

  apiTest('409 for a repeated key with a different body', async ({ app }) => {
    const headers = { 'idempotency-key': 'once' }
    await app.inject({ method: 'POST', url, headers, payload: { priority: 1 } })

    const response = await app.inject({ method: 'POST', url, headers, payload: { priority: 2 } })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response).code).toBe('SLUICE_IDEMPOTENCY_KEY_REUSED')
  })

  apiTest(
    '409 with Retry-After while the first request with the key is in progress',
    async ({ app, redis, engine }) => {
      const headers = { 'idempotency-key': 'once' }
      const { id } = (await app.inject({ method: 'POST', url, headers, payload: {} })).json()
      await pretendStillCreating(redis, engine, id)

      const response = await app.inject({ method: 'POST', url, headers, payload: {} })

      expect(response.statusCode).toBe(409)
      expect(response.headers['retry-after']).toBe('1')
      expect(problemOf(response)).toMatchObject({ code: 'SLUICE_IDEMPOTENCY_IN_PROGRESS', retryAfterMs: 1000 })
    },
  )

  apiTest('exactly one 201 for ten concurrent requests with the same key', async ({ app }) => {
    const request = { method: 'POST', url, headers: { 'idempotency-key': 'race' }, payload: {} } as const

    const responses = await Promise.all(Array.from({ length: 10 }, () => app.inject(request)))

    expect(responses.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
    expect((await app.inject({ url })).json().batches).toHaveLength(1)
  })

  apiTest('409 with the id of the batch that has the code', async ({ app }) => {
    const { id } = await createBatch(app, { code: 'mine' })

    const response = await app.inject({ method: 'POST', url, payload: { code: 'mine' } })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toEqual({
      type: 'urn:sluice:problem:code-taken',
      title: 'Code taken',
      status: 409,
      code: 'SLUICE_CODE_TAKEN',
      detail: expect.stringContaining('"mine"'),
      instance: url,
      requestId: response.headers['x-request-id'],
      batchId: id,
    })
  })

  apiTest('400 for a queue that does not exist', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url, payload: { queue: 'nowhere' } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response)).toMatchObject({
      code: 'SLUICE_QUEUE_UNKNOWN',
      detail: expect.stringContaining('nowhere'),
    })
  })

  apiTest('400 with every error, and no batch is created', async ({ app }) => {
    const payload = {
      priority: 0,
      colour: 'red',
      type: 'test',
      tasks: [{ payload: 1 }, { paylod: 2 }],
    }

    const response = await app.inject({ method: 'POST', url, payload })

    expect(response.statusCode).toBe(400)
    const problem = problemOf(response)
    expect(problem.code).toBe('SLUICE_REQUEST_INVALID')
    expect(problem.errors?.map(({ path }) => path).toSorted()).toEqual([
      'body/colour',
      'body/priority',
      'body/tasks/1/payload',
      'body/tasks/1/paylod',
    ])
    expect((await app.inject({ url })).json().batches).toEqual([])
  })

  apiTest('400 for metadata, delays and tasks that are too large', async ({ app }) => {
    const payload = {
      metadata: { text: 'x'.repeat(16_384) },
      retry: { minDelayMs: 2000, maxDelayMs: 1000 },
      type: 'test',
      tasks: [{ payload: 1 }, { payload: 'x'.repeat(262_144) }],
    }

    const response = await app.inject({ method: 'POST', url, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([
      { path: 'body/metadata', message: expect.stringContaining('must be at most 16384 bytes') },
      { path: 'body/retry/minDelayMs', message: 'must be at most maxDelayMs, 1000', value: 2000 },
      { path: 'body/tasks/1', message: 'is longer than 262144 bytes' },
    ])
  })

  apiTest('400 for more tasks than a batch may hold, and no batch is created', async ({ app }) => {
    const tasks = Array.from({ length: 20_001 }, () => ({ payload: 1 }))

    const response = await app.inject({ method: 'POST', url, payload: { type: 'test', tasks } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BATCH_TOO_LARGE', maxTasks: 20_000 })
    expect((await app.inject({ url })).json().batches).toEqual([])
  })

  apiTest('400 for a body that is not JSON', async ({ app }) => {
    const headers = { 'content-type': 'application/json' }

    const response = await app.inject({ method: 'POST', url, headers, payload: '{"tasks":' })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).code).toBe('SLUICE_BODY_NOT_JSON')
  })

  apiTest('400 for no body', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toEqual([{ path: 'body', message: 'is missing' }])
  })

  apiTest('413 for a body above the size limit', async ({ app }) => {
    const payload = { type: 'test', tasks: Array.from({ length: 5 }, () => ({ payload: 'x'.repeat(250_000) })) }

    const response = await app.inject({ method: 'POST', url, payload })

    expect(response.statusCode).toBe(413)
    expect(problemOf(response).code).toBe('SLUICE_BODY_TOO_LARGE')
  })

  apiTest.for(['text/plain', 'text/csv', 'application/x-www-form-urlencoded'])('415 for %s', async (type, { app }) => {
    const response = await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload: '{}' })

    expect(response.statusCode).toBe(415)
    expect(problemOf(response)).toMatchObject({
      code: 'SLUICE_MEDIA_TYPE',
      detail: `Content-Type "${type}" is not supported. Send application/json or application/x-ndjson.`,
    })
  })

  ownServerApiTest('507 with Retry-After if Redis is nearly full', async ({ app, redis }) => {
    await redis.config('SET', 'maxmemory', '1mb')
    const response = await app.inject({ method: 'POST', url, payload: {} })
    await redis.config('SET', 'maxmemory', '0')

    expect(response.statusCode).toBe(507)
    expect(response.headers['retry-after']).toBe('10')
    expect(problemOf(response).code).toBe('SLUICE_STORAGE_FULL')
  })
})

/** Restores the state that Redis has in the middle of a creation. */
async function pretendStillCreating(redis: RedisConnection, { keys }: Engine, id: string): Promise<void> {
  const [key = ''] = await findKeys(redis, `${keys.idempotency('')}*`)
  const entry = JSON.parse((await redis.get(key)) ?? '{}') as object
  await redis.set(key, JSON.stringify({ ...entry, answer: undefined }))
  await redis.zadd(keys.drafts, Date.now(), id)
  await redis.zrem(keys.batches, id)
}
