import { type IncomingMessage, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { TaskResultView } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { apiTest, ownServerApiTest } from '../support/api-test.ts'
import { appendLines, createBatch, taskLines } from '../support/requests.ts'

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

/** Results of a kilobyte each, which together exceed the buffers of a connection. */
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
    // No event marks that nothing happens any more: half a second without a change must suffice.
    await setTimeout(500)
    last = now
    now = await read()
  }
}
