import type { FastifyInstance } from 'fastify'
import type { RedisConnection } from '@sluice/engine'
import { findKeys } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { RawUpload } from '../support/raw-upload.ts'
import { listAllTasks, problemOf, taskLines } from '../support/requests.ts'

const url = '/v1/batches'
const NDJSON = { 'content-type': 'application/x-ndjson' }

/** Sends tasks that create a batch. By default they have the type `test`, with which any payload is valid. */
function post(app: FastifyInstance, lines: readonly string[], query = '', headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url: `${url}?type=test${query}`,
    headers: { ...NDJSON, ...headers },
    payload: lines.map((line) => `${line}\n`).join(''),
  })
}

/** The keys of a test but for the audit log, which also has what was refused. */
async function keysOfBatches(redis: RedisConnection, prefix: string): Promise<string[]> {
  return (await findKeys(redis, `${prefix}:*`)).filter((key) => !key.startsWith(`${prefix}:{audit}:`))
}

async function countBatches(app: FastifyInstance): Promise<number> {
  return (await app.inject({ url })).json().batches.length
}

describe('POST /v1/batches with NDJSON', () => {
  apiTest('201 with a sealed batch of all lines, and the settings of the query', async ({ app }) => {
    const query = '&code=big%20job&concurrency=7&priority=2&attemptTimeoutMs=1500'

    const response = await post(app, [...taskLines(2500), '', '{"payload":"last","key":"k"}'], query)

    expect(response.statusCode, `answer: ${response.body}`).toBe(201)
    const batch = response.json()
    expect(response.headers.location).toBe(`/v1/batches/${batch.id}`)
    expect(batch).toMatchObject({
      code: 'big job',
      type: 'test',
      queue: 'default',
      concurrency: 7,
      priority: 2,
      attemptTimeoutMs: 1500,
      sealed: true,
      state: 'active',
      counts: { pending: 2501, total: 2501 },
    })
    const tasks = await listAllTasks(app, batch.id, 1000)
    expect(tasks.map(({ payload }) => payload)).toEqual([...Array.from({ length: 2500 }, (_, n) => n), 'last'])
    const { body: metrics } = await app.inject({ url: '/metrics' })
    expect(metrics).toContain('sluice_tasks_accepted_total 2501')
  })

  apiTest('201 with ?seal=false leaves the batch open for more tasks', async ({ app }) => {
    const { id, sealed } = (await post(app, taskLines(2), '&seal=false')).json()

    const more = await app.inject({ method: 'POST', url: `${url}/${id}/tasks`, payload: [{ payload: 3 }] })

    expect(sealed).toBe(false)
    expect(more.json()).toEqual({ accepted: 1, skipped: 0, total: 3 })
  })

  apiTest('201 for no lines: the batch completes at once', async ({ app }) => {
    expect((await post(app, [])).json()).toMatchObject({ sealed: true, state: 'completed', counts: { total: 0 } })
  })

  apiTest('400 for an invalid line in a later chunk, and nothing is left', async ({ app, redis, engine }) => {
    const headers = { 'idempotency-key': 'k' }

    const response = await post(app, [...taskLines(1500), '{"paylod":1}', '{"payload":1}'], '&code=c', headers)

    expect(response.statusCode).toBe(400)
    const problem = problemOf(response)
    expect(problem).toMatchObject({ code: 'SLUICE_TASKS_INVALID', lines: [{ line: 1501 }] })
    expect(problem.detail).toMatch(/ No batch was created\.$/)
    expect(problem).not.toHaveProperty('accepted')
    expect(await keysOfBatches(redis, engine.prefix)).toEqual([])
    expect((await post(app, taskLines(1), '&code=c', headers)).statusCode).toBe(201)
  })

  apiTest('400 for the payload of an http task, which is the default type', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url, headers: NDJSON, payload: '{"payload":{"url":5}}\n' })

    expect(problemOf(response).lines).toMatchObject([{ line: 1, message: expect.stringContaining('payload/url') }])
  })

  apiTest('400 for more tasks than a batch may hold, and no batch is created', async ({ app }) => {
    const response = await post(app, taskLines(20_001))

    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BATCH_TOO_LARGE', maxTasks: 20_000 })
    expect(await countBatches(app)).toBe(0)
  })

  apiTest('400 for settings that it does not know or that are out of bounds', async ({ app }) => {
    const response = await post(app, taskLines(1), '&colour=red&priority=11&seal=yes&concurrency=1.5')

    expect(response.statusCode).toBe(400)
    expect(
      problemOf(response)
        .errors?.map(({ path }) => path)
        .toSorted(),
    ).toEqual(['query/colour', 'query/concurrency', 'query/priority', 'query/seal'])
  })

  apiTest('409 for a code that is taken, and 400 for a queue that does not exist', async ({ app }) => {
    await post(app, taskLines(1), '&code=c')

    expect(problemOf(await post(app, taskLines(1), '&code=c')).code).toBe('SLUICE_CODE_TAKEN')
    expect(problemOf(await post(app, taskLines(1), '&queue=nowhere')).code).toBe('SLUICE_QUEUE_UNKNOWN')
  })
})

describe('POST /v1/batches with NDJSON and an Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'once' }

  apiTest('200 with the first answer for a repeat, however it is cut', async ({ app, baseUrl }) => {
    const first = await post(app, taskLines(3), '&code=c', headers)

    const repeat = new RawUpload(baseUrl, `${url}?type=test&code=c`, headers)
    for (const line of taskLines(3)) repeat.send(`${line}\n`)
    repeat.end()

    await expect.poll(() => repeat.answer).toContain(first.body)
    expect(repeat.answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(await countBatches(app)).toBe(1)
  })

  apiTest.for([
    { what: 'another line', lines: ['{"payload":0}', '{"payload":2}'], query: '' },
    { what: 'fewer lines', lines: ['{"payload":0}'], query: '' },
    { what: 'another setting', lines: taskLines(2), query: '&priority=1' },
    { what: 'another seal', lines: taskLines(2), query: '&seal=false' },
  ])('409 for a repeat with $what', async ({ lines, query }, { app }) => {
    await post(app, taskLines(2), '', headers)

    const response = await post(app, lines, query, headers)

    expect(response.statusCode).toBe(409)
    expect(problemOf(response).code).toBe('SLUICE_IDEMPOTENCY_KEY_REUSED')
  })
})

describe('a batch whose tasks arrive over a connection', () => {
  apiTest('is not visible, and its key is in use, before all tasks have arrived', async ({ app, engine, baseUrl }) => {
    const headers = { 'idempotency-key': 'slow' }
    const upload = new RawUpload(baseUrl, `${url}?type=test&code=slow`, headers)
    upload.send(`${taskLines(5).join('\n')}\n`)
    await expect.poll(() => engine.redis.zcard(engine.keys.drafts)).toBe(1)

    const early = await app.inject({ url: `${url}/code:slow` })
    const rival = await post(app, taskLines(1), '', headers)
    upload.send(`${taskLines(5, 5).join('\n')}\n`)
    upload.end()

    expect([early.statusCode, problemOf(rival).code]).toEqual([404, 'SLUICE_IDEMPOTENCY_IN_PROGRESS'])
    await expect.poll(() => upload.answer).toMatch(/^HTTP\/1\.1 201 /)
    expect((await app.inject({ url: `${url}/code:slow` })).json()).toMatchObject({ counts: { total: 10 } })
    upload.hangUp()
  })

  apiTest('leaves nothing if its client hangs up', async ({ app, engine, baseUrl, redis }) => {
    const upload = new RawUpload(baseUrl, `${url}?type=test&code=gone`, { 'idempotency-key': 'gone' })
    upload.send(`${taskLines(1500).join('\n')}\n`)
    await expect.poll(() => findKeys(redis, `${engine.prefix}:{batch:*`)).not.toEqual([])

    upload.hangUp()

    await expect.poll(() => keysOfBatches(redis, engine.prefix)).toEqual([])
    expect(await countBatches(app)).toBe(0)
  })
})
