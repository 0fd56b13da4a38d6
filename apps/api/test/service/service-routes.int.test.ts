import { closeEngine, connectRedis, createEngine } from '@sluice/engine'
import { freePort } from '@sluice/testing'
import { describe, expect, onTestFinished } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { apiTest } from '../support/api-test.ts'
import { createBatch, problemOf } from '../support/requests.ts'

describe('the service routes', () => {
  apiTest('200 while the process is alive and ready', async ({ app }) => {
    expect((await app.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' })
    expect((await app.inject({ url: '/readyz' })).json()).toEqual({ status: 'ok' })
  })

  apiTest('200 with the version of the process, and the maximum size of tasks', async ({ app }) => {
    expect((await app.inject({ url: '/version' })).json()).toEqual({
      name: 'sluice-api',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.versions.node,
      maxTaskBytes: 262_144,
    })
  })

  apiTest('200 with metrics of the process and of Redis', async ({ app }) => {
    await createBatch(app, { tasks: [{ payload: 1 }] })
    await app.inject({ url: '/v1/batches/nope' })

    const response = await app.inject({ url: '/metrics' })

    expect(response.headers['content-type']).toMatch('text/plain')
    for (const line of [
      'sluice_redis_up 1',
      'sluice_tasks_accepted_total 1',
      'sluice_batches{state="active"} 1',
      'sluice_batches{state="completed"} 0',
      'sluice_queue_tickets{queue="default",state="waiting"} 1',
      'sluice_http_request_duration_seconds_count{method="POST",route="/v1/batches",status="2xx"} 1',
      'sluice_http_request_duration_seconds_count{method="GET",route="/v1/batches/:id",status="4xx"} 1',
    ]) {
      expect(response.body).toContain(`${line}\n`)
    }
  })

  apiTest('404 for an unknown path', async ({ app }) => {
    for (const [method, url] of [
      ['GET', '/v1/nope'],
      ['POST', '/v1/batches/none/nope'],
      ['GET', '/v2'],
    ] as const) {
      const response = await app.inject({ method, url: `${url}?a=1` })

      expect(response.statusCode).toBe(404)
      expect(problemOf(response)).toMatchObject({
        code: 'SLUICE_ROUTE_NOT_FOUND',
        detail: `No operation matches ${method} ${url}. See /docs.`,
        instance: url,
      })
    }
  })

  apiTest('302 from / to the page that describes the API', async ({ app }) => {
    const response = await app.inject({ url: '/' })

    expect([response.statusCode, response.headers.location]).toEqual([302, '/docs'])
    expect((await app.inject({ url: '/docs' })).statusCode).toBe(200)
  })

  apiTest('every answer has the id of its request', async ({ app }) => {
    const ids = await Promise.all(
      [1, 2].map(async () => (await app.inject({ url: '/healthz' })).headers['x-request-id']),
    )

    expect(new Set(ids).size).toBe(2)
  })

  apiTest('500 with a fixed sentence for an unexpected error', async ({ app, redis, engine }) => {
    const { id } = await createBatch(app)
    await redis.hset(engine.keys.batch(id).meta, 'metadata', 'not json: secret words')
    app.log.level = 'silent'

    const response = await app.inject({ url: `/v1/batches/${id}` })

    app.log.level = 'error'
    expect(response.statusCode).toBe(500)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_INTERNAL', requestId: response.headers['x-request-id'] })
    expect(response.body).not.toContain('secret')
  })
})

describe('while Redis is down', () => {
  async function appWithoutRedis() {
    const redis = connectRedis(`redis://127.0.0.1:${await freePort()}`, { failFast: true })
    redis.on('error', () => {})
    const engine = createEngine({ redis })
    const app = await buildApp({ engine, allowAnonymous: true })
    onTestFinished(async () => {
      await app.close()
      await closeEngine(engine)
      redis.disconnect()
    })
    return app
  }

  apiTest('503 with Retry-After for every operation that needs Redis', async () => {
    const app = await appWithoutRedis()
    const headers = { 'content-type': 'application/x-ndjson' }

    for (const request of [
      { url: '/readyz' },
      { url: '/v1/batches' },
      { url: '/v1/batches/b1' },
      { url: '/v1/batches/b1/results' },
      { url: '/v1/batches/b1/events' },
      { url: '/v1/queues' },
      { method: 'POST', url: '/v1/batches', payload: {} },
      { method: 'POST', url: '/v1/batches/b1/tasks', headers, payload: '{"payload":1}\n' },
    ] as const) {
      const response = await app.inject(request)

      expect(response.statusCode, `of ${request.url}`).toBe(503)
      expect(response.headers['retry-after'], `of ${request.url}`).toBe('1')
      expect(problemOf(response).code).toBe('SLUICE_REDIS_UNAVAILABLE')
    }
  })

  apiTest('200 for operations that do not need Redis', async () => {
    const app = await appWithoutRedis()

    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200)
    expect((await app.inject({ url: '/metrics' })).body).toContain('sluice_redis_up 0\n')
    expect((await app.inject({ url: '/openapi.json' })).statusCode).toBe(200)
  })

  apiTest('400 for an invalid request', async () => {
    const app = await appWithoutRedis()

    const response = await app.inject({ method: 'POST', url: '/v1/batches', payload: { priority: 99 } })

    expect(response.statusCode).toBe(400)
  })
})
