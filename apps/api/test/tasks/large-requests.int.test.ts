import { setImmediate } from 'node:timers/promises'
import { redisTest } from '@sluice/testing'
import { closeEngine, createEngine } from '@sluice/engine'
import type { FastifyInstance } from 'fastify'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createBatch, listAllTasks, problemOf } from '../support/requests.ts'

/** An API with its default size limits. */
const test = redisTest
  .extend('engine', ({ redis, prefix, onTestFinished }) => {
    const engine = createEngine({ redis, prefix })
    onTestFinished(() => closeEngine(engine))
    return engine
  })
  .extend('app', async ({ engine, onTestFinished }) => {
    const app = await buildApp({ engine, allowAnonymous: true })
    onTestFinished(() => app.close())
    return app
  })

const TEN_MB = 10_485_760
const small = '{"key":"order-1","payload":{"a":[1,2,3],"b":"text"}}'

/** `count` times the same text, then another one. */
function arrayOf(task: string, count: number, last = task): string {
  return `[${`${task},`.repeat(count - 1)}${last}]`
}

function post(app: FastifyInstance, url: string, payload: string, headers: Record<string, string> = {}) {
  return app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json', ...headers } })
}

/** Number of times another request is answered while this one is processed. */
async function answersDuring(app: FastifyInstance, request: Promise<unknown>): Promise<number> {
  const seen = { isAnswered: false }
  void request.finally(() => (seen.isAnswered = true)).catch(() => {})
  let answers = 0
  for (; !seen.isAnswered; answers += 1) {
    await app.inject({ url: '/healthz' })
    await setImmediate()
  }
  return answers
}

describe('other requests are answered many times', () => {
  test('while 10 MB of tasks are read whose last one is invalid', async ({ app }) => {
    const body = `{"type":"test","tasks":${arrayOf(small, 190_000, '{"payload":1,"oops":1}')}}`
    expect(body.length).toBeLessThan(TEN_MB)

    const request = post(app, '/v1/batches', body)
    const answers = await answersDuring(app, request)

    expect(problemOf(await request).errors).toEqual([
      { path: 'body/tasks/189999/oops', message: 'is not a known property', value: 1 },
    ])
    expect(answers).toBeGreaterThan(10)
  })

  test('while 10 MB of brackets are read', async ({ app }) => {
    const nest = '['.repeat(150) + ']'.repeat(150)
    const task = `{"payload":[${Array.from({ length: 800 }, () => nest).join(',')}]}`

    const request = post(app, '/v1/batches', `{"type":"test","tasks":${arrayOf(task, 43, '{"oops":1}')}}`)
    const answers = await answersDuring(app, request)

    expect((await request).statusCode).toBe(400)
    expect(answers).toBeGreaterThan(10)
  })

  test('while the results of many large tasks are sent', async ({ app }) => {
    const task = `{"payload":{"numbers":[${'1,'.repeat(90_000)}1]}}`
    const { id } = (await post(app, '/v1/batches', `{"type":"test","tasks":${arrayOf(task, 50)}}`)).json<{
      id: string
    }>()

    const request = app.inject({ url: `/v1/batches/${id}/results` })
    const answers = await answersDuring(app, request)

    expect((await request).body.trimEnd().split('\n')).toHaveLength(50)
    expect(answers).toBeGreaterThan(10)
  })
})

test('accepts 10 MB of tasks once, however often they are sent with the same key', async ({ app }) => {
  const headers = { 'idempotency-key': 'once' }
  const tasks = arrayOf(small, 190_000)

  const first = await post(app, '/v1/batches', `{"type":"test","tasks":${tasks}}`, headers)
  const again = await post(
    app,
    '/v1/batches',
    `{ "type":"test", "tasks": ${tasks.replace('},{', '} ,\n {')} }`,
    headers,
  )
  const other = await post(app, '/v1/batches', `{"type":"test","tasks":${arrayOf(small, 189_999)}}`, headers)

  expect([first.statusCode, again.statusCode, other.statusCode]).toEqual([201, 200, 409])
  expect(first.json()).toMatchObject({ counts: { total: 190_000 }, sealed: true })
})

test('appends an array of 10 MB completely', async ({ app }) => {
  const { id } = await createBatch(app)

  const answer = await post(app, `/v1/batches/${id}/tasks?offset=0`, arrayOf(small, 190_000))
  const again = await post(app, `/v1/batches/${id}/tasks?offset=0`, arrayOf(small, 190_000))

  expect(answer.json()).toEqual({ accepted: 190_000, skipped: 0, total: 190_000 })
  expect(again.json()).toEqual({ accepted: 0, skipped: 190_000, total: 190_000 })
})

test('splits a list of large tasks into pages that can be followed', async ({ app }) => {
  const task = `{"payload":"${'x'.repeat(250_000)}"}`
  const { id } = (await post(app, '/v1/batches', `{"type":"test","tasks":${arrayOf(task, 10)}}`)).json<{ id: string }>()

  const page = await app.inject({ url: `/v1/batches/${id}/tasks?pageSize=1000` })

  expect(page.json()).toMatchObject({ tasks: { length: 4 }, nextCursor: '4' })
  expect((await listAllTasks(app, id, 1000)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('accepts at most 128 KB of a body without tasks, which is parsed in one go', async ({ app }) => {
  const body = JSON.stringify({ concurrency: 5, oops: 'x'.repeat(140_000) })

  const answer = await app.inject({
    method: 'PUT',
    url: '/v1/queues/mail',
    payload: body,
    headers: { 'content-type': 'application/json' },
  })

  expect(answer.statusCode).toBe(413)
  expect(problemOf(answer).code).toBe('SLUICE_BODY_TOO_LARGE')
})
