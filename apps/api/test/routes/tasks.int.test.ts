import { type IncomingMessage, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { TaskResultView } from '@sluice/contracts'
import { apiTest, ownServerApiTest } from '../harness/api-test.ts'
import { appendLines, createBatch, listAllTasks, problemOf, taskLines } from '../harness/requests.ts'

describe('GET /v1/batches/:id/tasks', () => {
  apiTest('200 in order of seq, a page at a time', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(300))

    const seqs = (await listAllTasks(app, id, 120)).map(({ seq }) => seq)

    expect(seqs).toEqual(Array.from({ length: 300 }, (_, i) => i))
  })

  apiTest('200 with only those in the state that was asked for', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const pending = await app.inject({ url: `/v1/batches/${id}/tasks?state=pending` })
    const failed = await app.inject({ url: `/v1/batches/${id}/tasks?state=failed&failureClass=timeout` })

    expect(pending.json().tasks).toHaveLength(1)
    expect(failed.json()).toEqual({ tasks: [], nextCursor: null })
  })

  apiTest.for(['state=done', 'failureClass=bad', 'pageSize=1001', 'cursor=', 'offset=3'])(
    '400 for ?%s',
    async (query, { app }) => {
      const { id } = await createBatch(app)

      const response = await app.inject({ url: `/v1/batches/${id}/tasks?${query}` })

      expect(response.statusCode).toBe(400)
      expect(problemOf(response).errors).toHaveLength(1)
    },
  )
})

describe('GET /v1/batches/:id/tasks/:seq', () => {
  apiTest('200 with all that is known', async ({ app }) => {
    const { id } = await createBatch(app, { type: 'mail' })
    await appendLines(app, id, ['{"payload":[1,null,{"a":"é"}],"key":"k","maxAttempts":2,"weights":{"tokens":3}}'])

    const response = await app.inject({ url: `/v1/batches/${id}/tasks/0` })

    expect(response.json()).toEqual({
      seq: 0,
      key: 'k',
      type: 'mail',
      state: 'pending',
      attempts: 0,
      payload: [1, null, { a: 'é' }],
      weights: { tokens: 3 },
      appendedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      dueAt: null,
      finishedAt: null,
      durationMs: null,
      result: null,
      error: null,
    })
  })

  apiTest('404 beyond the last task', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const response = await app.inject({ url: `/v1/batches/${id}/tasks/1` })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response).code).toBe('SLUICE_TASK_NOT_FOUND')
  })

  apiTest.for(['-1', '1.5', 'first'])('400 for the seq %s', async (seq, { app }) => {
    const response = await app.inject({ url: `/v1/batches/any/tasks/${seq}` })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'path/seq' }])
  })
})

describe('GET /v1/batches/:id/results', () => {
  apiTest('200 with a line for each task', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(300))

    const response = await app.inject({ url: `/v1/batches/${id}/results` })

    expect(response.headers['content-type']).toBe('application/x-ndjson')
    const results = response.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TaskResultView)
    expect(results.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, i) => i))
    expect(results[0]).toEqual({
      seq: 0,
      key: null,
      state: 'pending',
      attempts: 0,
      finishedAt: null,
      durationMs: null,
      result: null,
      error: null,
    })
  })

  apiTest('200 with nothing where no task is in the state that was asked for', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const response = await app.inject({ url: `/v1/batches/${id}/results?state=completed` })

    expect(response.statusCode).toBe(200)
    expect(response.body).toBe('')
  })

  apiTest('400 for an unknown state', async ({ app }) => {
    expect((await app.inject({ url: '/v1/batches/any/results?state=done' })).statusCode).toBe(400)
  })

  ownServerApiTest(
    'a client that does not read is not read for: Redis is asked for no more than fits in between',
    async ({ app, baseUrl, redis }) => {
      const { id } = await createBatch(app)
      for (let from = 0; from < 20_000; from += 5000) await appendLines(app, id, longKeyLines(5000, from))
      const pagesRead = () => countCalls(redis, 'lrange')
      const before = await pagesRead()

      const response = await get(`${baseUrl}/v1/batches/${id}/results`)
      await settled(pagesRead)
      const whilePaused = (await pagesRead()) - before
      let lines = 0
      for await (const bytes of response) lines += (bytes as Buffer).toString('latin1').split('\n').length - 1

      expect(lines).toBe(20_000)
      expect(whilePaused).toBeLessThan(((await pagesRead()) - before) / 2)
    },
  )

  ownServerApiTest('a client that leaves ends the reading', async ({ app, baseUrl, redis }) => {
    const { id } = await createBatch(app)
    for (let from = 0; from < 20_000; from += 5000) await appendLines(app, id, longKeyLines(5000, from))
    const before = await countCalls(redis, 'lrange')
    const response = await get(`${baseUrl}/v1/batches/${id}/results`)

    response.destroy()
    await settled(() => countCalls(redis, 'lrange'))

    // 20,000 tasks are 157 pages.
    expect((await countCalls(redis, 'lrange')) - before).toBeLessThan(120)
  })
})

/** Results of a kilobyte each: together more than the buffers of a connection hold. */
function longKeyLines(count: number, from: number): string[] {
  const key = '😀'.repeat(250)
  return Array.from({ length: count }, (_, i) => `{"payload":${from + i},"key":"${key}"}`)
}

function get(url: string) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    request(url, resolve).on('error', reject).end()
  })
}

async function countCalls(redis: { info(section: string): Promise<string> }, command: string): Promise<number> {
  const stats = await redis.info('commandstats')
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
}

/** Waits until a number has stopped changing. */
async function settled(read: () => Promise<number>): Promise<void> {
  for (let last = -1, now = await read(); now !== last;) {
    // There is nothing to wait for when nothing shall happen: half a second without a change has to do.
    await setTimeout(500)
    last = now
    now = await read()
  }
}
