import { get, type IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { BatchView } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { apiTest, ownServerApiTest } from '../support/api-test.ts'
import { appendLines, createBatch, taskLines } from '../support/requests.ts'

/** An event stream as its client sees it. */
class EventStream {
  text = ''
  readonly closed: Promise<void>
  readonly response: IncomingMessage

  constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8').on('data', (text: string) => (this.text += text))
    response.on('error', () => {})
    this.closed = new Promise((resolve) => response.once('close', () => resolve()))
  }

  events(): { event: string; batch: BatchView }[] {
    return [...this.text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, event = '', data = '']) => ({
      event,
      batch: JSON.parse(data) as BatchView,
    }))
  }

  names(): string[] {
    return this.events().map(({ event }) => event)
  }
}

function open(baseUrl: string, id: string, headers = {}): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    get(`${baseUrl}/v1/batches/${id}/events`, { headers }, (response) => resolve(new EventStream(response))).on(
      'error',
      reject,
    )
  })
}

describe('GET /v1/batches/:id/events', () => {
  apiTest('200 with a snapshot at once, then a change, then the end', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const stream = await open(baseUrl, id, { accept: 'text/event-stream' })
    await expect.poll(() => stream.names()).toEqual(['snapshot'])

    await appendLines(app, id, taskLines(3))
    await expect.poll(() => stream.events().at(-1)?.batch.counts.total).toBe(3)
    await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })
    await stream.closed

    expect(stream.response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    expect(stream.names()[0]).toBe('snapshot')
    expect(stream.names().at(-1)).toBe('end')
    expect(new Set(stream.names().slice(1, -1))).toEqual(new Set(['change']))
    expect(stream.events().at(-1)?.batch).toMatchObject({ id, state: 'cancelled', counts: { cancelled: 3 } })
  })

  apiTest('200 with snapshot and end for a finished batch', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app, { code: 'over', sealed: true })

    const stream = await open(baseUrl, 'code:over')
    await stream.closed

    expect(stream.events()).toMatchObject([
      { event: 'snapshot', batch: { id, state: 'completed' } },
      { event: 'end', batch: { id, state: 'completed' } },
    ])
  })

  apiTest('sends heartbeats on a quiet stream', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const stream = await open(baseUrl, id)

    await expect.poll(() => stream.text).toContain('\n: heartbeat\n')

    expect(stream.names()).toEqual(['snapshot'])
    stream.response.destroy()
  })

  ownServerApiTest('stops reading from Redis once the client has disconnected', async ({ app, baseUrl, redis }) => {
    const { id } = await createBatch(app)
    const openStreams = async () =>
      (await app.inject({ url: '/metrics' })).body.match(/sluice_event_streams (\d+)/)?.[1]
    const stream = await open(baseUrl, id)
    await expect.poll(openStreams).toBe('1')

    stream.response.destroy()
    await expect.poll(openStreams).toBe('0')

    const before = await callsOf(redis)
    // Long enough for a watcher to read again.
    await setTimeout(1200)
    expect(await callsOf(redis)).toBe(before)
  })

  apiTest('notices a client that disconnects without having read', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app, { metadata: { text: 'x'.repeat(16_000) } })
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(baseUrl, id)))
    for (const { response } of streams) response.pause()

    for (const { response } of streams) response.destroy()

    await expect.poll(async () => (await app.inject({ url: '/metrics' })).body).toContain('sluice_event_streams 0')
  })

  apiTest('ends streams without an end event when the API closes', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const stream = await open(baseUrl, id)
    await expect.poll(() => stream.names()).toEqual(['snapshot'])

    await app.close()
    await stream.closed

    expect(stream.names()).toEqual(['snapshot'])
  })

  apiTest(
    '503 beyond the maximum number of streams, until one is closed',
    async ({ app: other, engine, onTestFinished }) => {
      const { id } = await createBatch(other)
      const app = await buildApp({ engine, allowAnonymous: true, bounds: { maxEventStreams: 2 } })
      onTestFinished(() => app.close())
      const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
      const streams = [await open(baseUrl, id), await open(baseUrl, id)]
      // Refused or not found, a request keeps no stream from being opened.
      expect((await fetch(`${baseUrl}/v1/batches/nope/events`)).status).toBe(503)
      const refused = await fetch(`${baseUrl}/v1/batches/${id}/events`)

      expect(refused.status).toBe(503)
      expect(refused.headers.get('retry-after')).toBe('5')
      expect(await refused.json()).toMatchObject({ code: 'SLUICE_TOO_MANY_STREAMS' })

      streams[0]?.response.destroy()
      const again = async () => (await fetch(`${baseUrl}/v1/batches/nope/events`)).status
      await expect.poll(again).toBe(404)
      streams.push(await open(baseUrl, id))
      expect(streams.at(-1)?.response.statusCode).toBe(200)
      for (const { response } of streams) response.destroy()
      await expect.poll(async () => (await app.inject({ url: '/metrics' })).body).toContain('sluice_event_streams 0\n')
    },
  )

  apiTest('404 as a problem document for an unknown batch', async ({ baseUrl }) => {
    const response = await fetch(`${baseUrl}/v1/batches/nope/events`, { headers: { accept: 'text/event-stream' } })

    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toMatch('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'SLUICE_BATCH_NOT_FOUND' })
  })
})

/** Number of times the API has read a batch. */
async function callsOf(redis: { info(section: string): Promise<string> }): Promise<number> {
  return Number(/^cmdstat_hgetall:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1] ?? 0)
}
