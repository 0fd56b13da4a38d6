import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { createBatch, problemOf } from '../support/requests.ts'

const url = '/v1/queues/mail'

describe('PUT /v1/queues/:name', () => {
  apiTest('201 with all defaults filled in, then 200', async ({ app }) => {
    const payload = {
      concurrency: 20,
      retry: { maxAttempts: 7 },
      http: {
        timeoutMs: 5000,
        headers: { authorization: 'Bearer ${secret:KEY}' },
        hosts: ['*.example.com'],
        secretHosts: ['api.example.com'],
      },
    }

    const created = await app.inject({ method: 'PUT', url, payload })
    const replaced = await app.inject({ method: 'PUT', url, payload: { paused: true } })

    expect(created.statusCode).toBe(201)
    expect(created.headers.location).toBe(url)
    expect(created.json()).toEqual({
      name: 'mail',
      concurrency: 20,
      retry: { maxAttempts: 7, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 },
      attemptTimeoutMs: 600_000,
      http: payload.http,
      interruptionCriteria: {},
      limit: null,
      paused: false,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
    })
    expect(replaced.statusCode).toBe(200)
    expect(replaced.json()).toMatchObject({ concurrency: 100, retry: { maxAttempts: 3 }, http: {}, paused: true })
  })

  apiTest.for<[path: string, payload: object]>([
    ['body/concurrency', { concurrency: 0 }],
    ['body/concurrency', { concurrency: 10_001 }],
    ['body/retry/minDelayMs', { retry: { minDelayMs: 20, maxDelayMs: 10 } }],
    ['body/attemptTimeoutMs', { attemptTimeoutMs: 86_400_001 }],
    ['body/http/headers/x', { http: { headers: { x: 'a\r\nb: c' } } }],
    ['body/http/headers/a b', { http: { headers: { 'a b': 'c' } } }],
    ['body/http/headers/Authorization', { http: { headers: { Authorization: 'Bearer sk-1' } } }],
    ['body/http/headers/proxy-authorization', { http: { headers: { 'proxy-authorization': 'Basic eA==' } } }],
    ['body/http/headers/cookie', { http: { headers: { cookie: 'session=1' } } }],
    ['body/http/headers/x-api-key', { http: { headers: { 'x-api-key': 'sk-1' } } }],
    ['body/http/headers/X-Auth-Token', { http: { headers: { 'X-Auth-Token': 'sk-1' } } }],
    ['body/http/headers/x-client-secret', { http: { headers: { 'x-client-secret': '${secret}' } } }],
    ['body/http/secretHosts', { http: { secretHosts: 'api.example.com' } }],
    ['body/limit', { limit: 'OpenAI' }],
  ])('400 naming %s', async ([path, payload], { app }) => {
    const response = await app.inject({ method: 'PUT', url, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path }])
    expect((await app.inject({ url })).statusCode).toBe(404)
  })

  apiTest('400 for a credential in a header, without showing it', async ({ app }) => {
    const http = { headers: { authorization: 'Bearer sk-live-1', 'x-api-key': '${secret:KEY}', accept: 'text/plain' } }

    const response = await app.inject({ method: 'PUT', url, payload: { http } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toEqual([
      {
        path: 'body/http/headers/authorization',
        message: 'may carry a credential, so it must contain a secret of the workers: ${secret:NAME}',
      },
    ])
    expect(response.body).not.toContain('sk-live')
  })

  apiTest.for(['Mail', '-mail', 'ma%20il', 'x'.repeat(64), 'm%C3%A4il', '%7Bm%7D'])(
    '400 for the name %s',
    async (name, { app }) => {
      const response = await app.inject({ method: 'PUT', url: `/v1/queues/${name}`, payload: {} })

      expect(response.statusCode).toBe(400)
      expect(problemOf(response).errors).toMatchObject([{ path: 'path/name' }])
    },
  )

  apiTest('409 if there are as many queues as there may be', async ({ app }) => {
    for (const name of ['a', 'b', 'c']) await app.inject({ method: 'PUT', url: `/v1/queues/${name}`, payload: {} })

    const response = await app.inject({ method: 'PUT', url, payload: {} })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_TOO_MANY_QUEUES', maxQueues: 3 })
    expect((await app.inject({ url })).statusCode).toBe(404)
  })

  apiTest('400 without a body, 415 for a body that is not JSON', async ({ app }) => {
    const headers = { 'content-type': 'text/plain' }

    expect((await app.inject({ method: 'PUT', url })).statusCode).toBe(400)
    expect((await app.inject({ method: 'PUT', url, headers, payload: 'x' })).statusCode).toBe(415)
  })
})

describe('GET /v1/queues', () => {
  apiTest('200 with the default queue and all others', async ({ app }) => {
    await app.inject({ method: 'PUT', url, payload: {} })
    await createBatch(app, { queue: 'mail', tasks: [{ payload: 1 }] })

    const { queues } = (await app.inject({ url: '/v1/queues' })).json()

    expect(queues).toMatchObject([
      { name: 'default', activeBatches: 0 },
      { name: 'mail', activeBatches: 1, tickets: { active: 0, waiting: 1, delayed: 0 } },
    ])
  })

  apiTest('200 with a page of queues and the cursor of the next one', async ({ app }) => {
    await app.inject({ method: 'PUT', url, payload: {} })

    const first = (await app.inject({ url: '/v1/queues?pageSize=1' })).json()
    const second = (await app.inject({ url: `/v1/queues?pageSize=1&cursor=${first.nextCursor}` })).json()

    expect(first).toMatchObject({ queues: [{ name: 'default' }], nextCursor: 'default' })
    expect(second).toMatchObject({ queues: [{ name: 'mail' }], nextCursor: null })
  })

  apiTest('400 for a cursor of another list', async ({ app }) => {
    const response = await app.inject({ url: '/v1/queues?cursor=A.b' })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).code).toBe('SLUICE_CURSOR_INVALID')
  })

  apiTest('404 for a queue that does not exist', async ({ app }) => {
    const response = await app.inject({ url })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response).code).toBe('SLUICE_QUEUE_NOT_FOUND')
  })
})

describe('DELETE /v1/queues/:name', () => {
  apiTest('204, and the queue no longer exists', async ({ app }) => {
    await app.inject({ method: 'PUT', url, payload: {} })

    expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(204)

    expect((await app.inject({ url })).statusCode).toBe(404)
    expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(404)
  })

  apiTest('409 while an unfinished batch uses the queue', async ({ app }) => {
    await app.inject({ method: 'PUT', url, payload: {} })
    const { id } = await createBatch(app, { queue: 'mail' })

    const response = await app.inject({ method: 'DELETE', url })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_QUEUE_IN_USE', batchId: id })
  })

  apiTest('409 for the default queue', async ({ app }) => {
    const response = await app.inject({ method: 'DELETE', url: '/v1/queues/default' })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response).code).toBe('SLUICE_QUEUE_PERMANENT')
  })
})
