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
        secrets: ['KEY'],
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
      interruptionCriteria: { maxConsecutiveFailures: 300, stopOn: ['auth'] },
      limit: null,
      paused: false,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
      workers: 0,
      types: [],
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
    ['body/http/secrets', { http: { secrets: 'KEY' } }],
    ['body/http/secrets/0', { http: { secrets: ['${secret:KEY}'] } }],
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

describe('PATCH /v1/queues/:name', () => {
  const settings = {
    concurrency: 20,
    retry: { maxAttempts: 7, minDelayMs: 200, maxDelayMs: 5000, maxPostponedMs: 60_000 },
    attemptTimeoutMs: 30_000,
    http: { timeoutMs: 5000, headers: { accept: 'text/plain' }, hosts: ['api.example.com'] },
    interruptionCriteria: { maxErrorRate: 0.1, maxFailedTasks: 10 },
    limit: 'openai',
    paused: true,
  }

  const queueTest = apiTest.extend('queue', async ({ app }) => {
    const payload = { rules: [{ unit: 'requests', max: 5, perMs: 1000 }] }
    await app.inject({ method: 'PUT', url: '/v1/limits/openai', payload })
    return (await app.inject({ method: 'PUT', url, payload: settings })).json()
  })

  queueTest.for<[change: object, after: object]>([
    [{ concurrency: 5 }, { concurrency: 5 }],
    [{ concurrency: null }, { concurrency: 100 }],
    [{ paused: false }, { paused: false }],
    [{ limit: null }, { limit: null }],
    [{ attemptTimeoutMs: null }, { attemptTimeoutMs: 600_000 }],
    [{ retry: { maxAttempts: 2 } }, { retry: { ...settings.retry, maxAttempts: 2 } }],
    [{ retry: { maxDelayMs: 100 } }, { retry: { ...settings.retry, minDelayMs: 100, maxDelayMs: 100 } }],
    [{ retry: { maxAttempts: null } }, { retry: { ...settings.retry, maxAttempts: 3 } }],
    [{ retry: null }, { retry: { maxAttempts: 3, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 } }],
    [{ http: { timeoutMs: null } }, { http: { headers: { accept: 'text/plain' }, hosts: ['api.example.com'] } }],
    [{ http: { headers: { 'x-a': '1' } } }, { http: { ...settings.http, headers: { 'x-a': '1' } } }],
    [{ http: null }, { http: {} }],
    [{ interruptionCriteria: { maxFailedTasks: null } }, { interruptionCriteria: { maxErrorRate: 0.1 } }],
    [{ interruptionCriteria: null }, { interruptionCriteria: { maxConsecutiveFailures: 300, stopOn: ['auth'] } }],
  ])('200: %j changes nothing else', async ([change, after], { app, queue }) => {
    const response = await app.inject({ method: 'PATCH', url, payload: change })

    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ ...queue, ...after })
    expect((await app.inject({ url })).json()).toEqual({ ...queue, ...after })
  })

  queueTest('200 for the queue as it was read, which PUT accepts, too', async ({ app, queue }) => {
    for (const method of ['PATCH', 'PUT'] as const) {
      const response = await app.inject({ method, url, payload: queue })

      expect(response.statusCode).toBe(200)
      expect(response.json()).toEqual(queue)
    }
  })

  queueTest.for<[path: string, payload: object]>([
    ['body', {}],
    ['body/concurrency', { concurrency: 0 }],
    ['body/name', { name: 'other', paused: true }],
    ['body/retry/minDelayMs', { retry: { minDelayMs: 20, maxDelayMs: 10 } }],
    ['body/http/headers/cookie', { http: { headers: { cookie: 'session=1' } } }],
  ])('400 naming %s, and nothing changes', async ([path, payload], { app, queue }) => {
    const response = await app.inject({ method: 'PATCH', url, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path }])
    expect((await app.inject({ url })).json()).toEqual(queue)
  })

  apiTest('404 for a queue that does not exist', async ({ app }) => {
    const response = await app.inject({ method: 'PATCH', url, payload: { paused: true } })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response).code).toBe('SLUICE_QUEUE_NOT_FOUND')
  })

  queueTest('400 for a limit that does not exist', async ({ app, queue }) => {
    const response = await app.inject({ method: 'PATCH', url, payload: { limit: 'none' } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).code).toBe('SLUICE_LIMIT_UNKNOWN')
    expect((await app.inject({ url })).json()).toEqual(queue)
  })
})

describe('ETag and If-Match of a queue', () => {
  apiTest.for(['PUT', 'PATCH'] as const)('%s changes what was read, and nothing newer', async (method, { app }) => {
    await app.inject({ method: 'PUT', url, payload: { concurrency: 20 } })
    const { etag = '' } = (await app.inject({ url })).headers
    const send = (payload: object) => app.inject({ method, url, payload, headers: { 'if-match': etag } })

    const first = await send({ concurrency: 30 })
    const second = await send({ concurrency: 40 })

    expect(first.statusCode).toBe(200)
    expect(first.headers.etag).not.toBe(etag)
    expect(second.statusCode).toBe(412)
    expect(problemOf(second).code).toBe('SLUICE_SETTINGS_CHANGED')
    expect(problemOf(second).detail).toContain(String(first.headers.etag))
    const now = await app.inject({ url })
    expect(now.json()).toMatchObject({ concurrency: 30 })
    expect(now.headers.etag).toBe(first.headers.etag)
  })

  apiTest('412 for a PUT of a queue that was deleted since it was read', async ({ app }) => {
    const { headers } = await app.inject({ method: 'PUT', url, payload: {} })
    await app.inject({ method: 'DELETE', url })

    const response = await app.inject({
      method: 'PUT',
      url,
      payload: {},
      headers: { 'if-match': String(headers.etag) },
    })

    expect(response.statusCode).toBe(412)
    expect((await app.inject({ url })).statusCode).toBe(404)
  })

  apiTest('the queue `default` has version 0 until it is changed', async ({ app }) => {
    expect((await app.inject({ url: '/v1/queues/default' })).headers.etag).toBe('"0"')

    const headers = { 'if-match': '"0"' }
    const send = () => app.inject({ method: 'PATCH', url: '/v1/queues/default', payload: { concurrency: 3 }, headers })

    expect((await send()).statusCode).toBe(200)
    expect((await send()).statusCode).toBe(412)
  })

  apiTest('400 for an If-Match that is no version', async ({ app }) => {
    const response = await app.inject({ method: 'PUT', url, payload: {}, headers: { 'if-match': '*' } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'headers/if-match' }])
  })
})

describe('POST /v1/queues/:name/pause and /resume', () => {
  apiTest('200, and all other settings stay', async ({ app }) => {
    const payload = { concurrency: 7, retry: { maxAttempts: 9 } }
    const queue = (await app.inject({ method: 'PUT', url, payload })).json()

    for (const [action, paused] of [
      ['pause', true],
      ['pause', true],
      ['resume', false],
    ] as const) {
      const response = await app.inject({ method: 'POST', url: `${url}/${action}` })

      expect(response.statusCode).toBe(200)
      expect(response.json()).toEqual({ ...queue, paused })
    }
  })

  apiTest.for(['pause', 'resume'])('404 for a queue that does not exist: %s', async (action, { app }) => {
    const response = await app.inject({ method: 'POST', url: `${url}/${action}` })

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
