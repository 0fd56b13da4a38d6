import { type IncomingMessage, request } from 'node:http'
import type { TaskResultView } from '@sluice/contracts'
import type { Engine, Outcome } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { completed, failed } from '../../../../packages/engine/test/support/outcomes.ts'
import { TicketDriver } from '../../../../packages/engine/test/support/ticket-driver.ts'
import { buildApp } from '../../src/app.ts'
import { apiTest, ownServerApiTest } from '../support/api-test.ts'
import { countCalls, longKeyLines, settled } from '../support/result-streams.ts'
import { appendLines, createBatch, problemOf, taskLines } from '../support/requests.ts'

describe('GET /v1/batches/:id/results', () => {
  apiTest('200 with one line per task', async ({ app }) => {
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

  apiTest('200 without lines if no task is in the requested state', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const response = await app.inject({ url: `/v1/batches/${id}/results?state=completed` })

    expect(response.statusCode).toBe(200)
    expect(response.body).toBe('')
  })

  apiTest('200 from the given seq on, so that a stream that broke is continued', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(300))
    const seqsFrom = async (fromSeq: number) => {
      const { body } = await app.inject({ url: `/v1/batches/${id}/results?fromSeq=${fromSeq}` })
      return body
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as TaskResultView).seq)
    }

    expect(await seqsFrom(129)).toEqual(Array.from({ length: 171 }, (_, i) => 129 + i))
    expect(await seqsFrom(299)).toEqual([299])
    expect(await seqsFrom(300)).toEqual([])
    expect((await app.inject({ url: `/v1/batches/${id}/results?fromSeq=-1` })).statusCode).toBe(400)
  })

  apiTest('200 with the tasks in any of several states', async ({ app, engine }) => {
    const { id } = await createBatch(app, { concurrency: 1, tasks: [{ payload: 0 }, { payload: 1 }, { payload: 2 }] })
    await settle(engine, id, [completed(0), failed(1)])
    const seqsOf = async (query: string) => {
      const { body } = await app.inject({ url: `/v1/batches/${id}/results?${query}` })
      return [...body.matchAll(/"seq":(\d)/g)].map(([, seq]) => Number(seq))
    }

    expect(await seqsOf('state=failed')).toEqual([1])
    expect(await seqsOf('state=failed&state=completed')).toEqual([0, 1])
    expect(await seqsOf('state=pending&state=failed&fromSeq=2')).toEqual([2])
  })

  apiTest('200 with the digits of results as they were recorded', async ({ app, engine }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 0 }] })
    await settle(engine, id, [
      { ...completed(0), record: '{"ms":1.5,"attempt":1,"result":{"id":12345678901234567890}}' },
    ])

    const lines = await app.inject({ url: `/v1/batches/${id}/results` })
    const rows = await app.inject({ url: `/v1/batches/${id}/results?format=csv` })

    expect(lines.body).toContain('"durationMs":1.5,"result":{"id":12345678901234567890},"error":null}\n')
    expect(rows.body).toContain('"{""id"":12345678901234567890}"')
  })

  apiTest.for(['ndjson', 'csv'])(
    '404 as %s for a batch that is deleted before its first results are read',
    async (format, { app, engine, redis }) => {
      const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })
      const { meta } = engine.keys.batch(id)
      // The first command of the stream, after the route has found the batch.
      const read = redis.hmget.bind(redis)
      redis.hmget = (async (...args: Parameters<typeof read>) => {
        if (args.includes('max_attempts')) await redis.del(meta)
        return await read(...args)
      }) as never

      const response = await app.inject({ url: `/v1/batches/${id}/results?format=${format}` })

      expect(problemOf(response)).toMatchObject({ status: 404, code: 'SLUICE_BATCH_NOT_FOUND' })
    },
  )

  apiTest('200 as CSV, with fields that spreadsheets and programs read as they are', async ({ app, engine }) => {
    const keys = ['plain', 'with "quotes", commas\nand lines', '=SUM(A1)', '']
    const { id } = await createBatch(app, { concurrency: 1, tasks: keys.map((key) => ({ key, payload: 0 })) })
    const record = JSON.stringify({
      ms: 2,
      attempt: 1,
      error: { failureClass: 'server', message: '=1+1', status: 500 },
    })
    await settle(engine, id, [completed(0, { result: { a: 1 } }), { ...failed(1), record }])

    const { body, headers } = await app.inject({ url: `/v1/batches/${id}/results?format=csv` })
    const { body: empty } = await app.inject({ url: `/v1/batches/${id}/results?format=csv&state=cancelled` })
    const head = await app.inject({ method: 'HEAD', url: `/v1/batches/${id}/results?format=csv` })

    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
    const header =
      'seq,key,state,attempts,finishedAt,durationMs,result,error.failureClass,error.status,error.message\r\n'
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present')
    expect(head.headers['content-type']).toBe('text/csv; charset=utf-8; header=present')
    expect(body.replaceAll(new RegExp(time, 'g'), 'TIME')).toBe(
      header +
        '0,plain,completed,1,TIME,1,"{""a"":1}",,,\r\n' +
        '1,"with ""quotes"", commas\nand lines",failed,1,TIME,2,,server,500,\'=1+1\r\n' +
        '2,=SUM(A1),pending,0,,,,,,\r\n' +
        '3,,pending,0,,,,,,\r\n',
    )
    expect(empty).toBe(header)
  })

  apiTest('400 for an unknown format', async ({ app }) => {
    expect((await app.inject({ url: '/v1/batches/any/results?format=xml' })).statusCode).toBe(400)
  })

  apiTest('400 for an unknown state', async ({ app }) => {
    expect((await app.inject({ url: '/v1/batches/any/results?state=done' })).statusCode).toBe(400)
  })

  ownServerApiTest('reads from Redis no faster than its client reads', async ({ app, baseUrl, redis }) => {
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
  })

  ownServerApiTest('stops reading from Redis when its client disconnects', async ({ app, baseUrl, redis }) => {
    const { id } = await createBatch(app)
    for (let from = 0; from < 20_000; from += 5000) await appendLines(app, id, longKeyLines(5000, from))
    const before = await countCalls(redis, 'lrange')
    const response = await get(`${baseUrl}/v1/batches/${id}/results`)

    response.destroy()
    await settled(() => countCalls(redis, 'lrange'))

    // 20,000 tasks are 157 pages.
    expect((await countCalls(redis, 'lrange')) - before).toBeLessThan(120)
  })

  apiTest(
    '503 beyond the maximum number of streams, until one is over',
    async ({ app: other, engine, onTestFinished }) => {
      const { id } = await createBatch(other)
      for (let from = 0; from < 20_000; from += 5000) await appendLines(other, id, longKeyLines(5000, from))
      const app = await buildApp({ engine, allowAnonymous: true, bounds: { maxResultStreams: 2 } })
      onTestFinished(() => app.close())
      const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/batches/${id}/results`
      const open = [await get(url), await get(url)]
      const refused = await fetch(url)

      expect(open.map(({ statusCode }) => statusCode)).toEqual([200, 200])
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ code: 'SLUICE_TOO_MANY_STREAMS', retryAfterMs: 5000 })

      open[0]?.destroy()
      let next: IncomingMessage | undefined
      await expect.poll(async () => (next = await get(url)).statusCode).toBe(200)
      for (const response of [open[1], next]) response?.destroy()
    },
  )
})

/** Records outcomes of the first tasks of a batch. */
async function settle(engine: Engine, id: string, outcomes: Outcome[]): Promise<void> {
  const ticket = new TicketDriver(engine, id, { types: ['test'] })
  await ticket.lease(outcomes.length)
  await ticket.release(outcomes)
}

function get(url: string) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    request(url, resolve).on('error', reject).end()
  })
}
