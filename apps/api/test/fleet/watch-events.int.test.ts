import { FleetEvent } from '@sluice/contracts'
import { changeApiKey, createBatch, deleteQueue, putQueue } from '@sluice/engine'
import { get, type IncomingMessage } from 'node:http'
import { Compile } from 'typebox/compile'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const schema = Compile(FleetEvent)

/** A stream of events as its client sees it. Each event must be as the contract says. */
class FleetStream {
  text = ''
  readonly closed: Promise<void>
  readonly response: IncomingMessage

  constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8').on('data', (text: string) => (this.text += text))
    response.on('error', () => {})
    this.closed = new Promise((resolve) => response.once('close', () => resolve()))
  }

  events(): FleetEvent[] {
    return [...this.text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, name, data = '']) => {
      const event: unknown = JSON.parse(data)
      expect(schema.Errors(event)).toEqual([])
      expect((event as FleetEvent).kind).toBe(name)
      return event as FleetEvent
    })
  }

  of<Kind extends FleetEvent['kind']>(kind: Kind): Extract<FleetEvent, { kind: Kind }>[] {
    return this.events().filter((event): event is Extract<FleetEvent, { kind: Kind }> => event.kind === kind)
  }
}

/** Opens streams, and closes them after the test. */
const streamTest = authTest
  .extend('baseUrl', ({ app }) => app.listen({ host: '127.0.0.1', port: 0 }))
  .extend('open', ({ baseUrl, onTestFinished }) => async (key: string, query: string): Promise<FleetStream> => {
    const headers = { authorization: `Bearer ${key}` }
    const stream = await new Promise<FleetStream>((resolve, reject) => {
      get(`${baseUrl}/v1/events?${query}`, { headers }, (response) => resolve(new FleetStream(response))).on(
        'error',
        reject,
      )
    })
    onTestFinished(() => void stream.response.destroy())
    return stream
  })

/** The ids of the objects of a topic that have changed. */
function changesOf(stream: FleetStream, topic: string): string[] {
  return stream.of('change').flatMap((event) => (event.topic === topic ? [event.id] : []))
}

const tasks = ['{"payload":1}', '{"payload":2}']

describe('GET /v1/events', () => {
  streamTest(
    '200 with a snapshot of each topic, then changes, ticks, and what is gone',
    async ({ engine, open, callAs, keyOf }) => {
      const key = await keyOf('admin')
      const { batch } = await createBatch(engine, { tasks })
      await putQueue(engine, 'mail', {})
      const stream = await open(key, 'topics=batches,queues,limits,workers,system')
      await expect.poll(() => stream.of('snapshot').length).toBe(5)
      const ids = Object.fromEntries(
        stream
          .of('snapshot')
          .map(({ topic, objects }) => [
            topic,
            objects.map((object) => ('name' in object ? object.name : 'id' in object ? object.id : '')),
          ]),
      )
      expect(ids).toEqual({ batches: [batch.id], queues: ['default', 'mail'], limits: [], workers: [], system: [''] })

      const other = await createBatch(engine, { tasks })
      await deleteQueue(engine, 'mail')
      await callAs(key, { method: 'POST', url: `/v1/batches/${batch.id}/cancel` })

      const last = (id: string) => stream.of('change').findLast((event) => event.id === id)?.object
      await expect.poll(() => last(batch.id), { timeout: 10_000 }).toMatchObject({ state: 'cancelled' })
      await expect.poll(() => last(other.batch.id), { timeout: 10_000 }).toMatchObject({ state: 'active' })
      await expect
        .poll(() => stream.of('gone'), { timeout: 10_000 })
        .toEqual([{ kind: 'gone', topic: 'queues', id: 'mail' }])
      await expect
        .poll(() => stream.of('tick').at(-1), { timeout: 10_000 })
        .toMatchObject({ batches: { active: 1, cancelled: 1 }, running: 0, waiting: 2 })
    },
  )

  streamTest('200 with one batch, until it is gone', async ({ engine, open, callAs, keyOf }) => {
    const key = await keyOf('admin')
    const { batch } = await createBatch(engine, { code: 'one', sealed: false })
    const stream = await open(key, 'batch=code:one&topics=limits')
    await expect
      .poll(() =>
        stream
          .of('snapshot')
          .map(({ topic }) => topic)
          .toSorted(),
      )
      .toEqual(['batch', 'limits'])

    await callAs(key, { method: 'PATCH', url: `/v1/batches/${batch.id}`, payload: { priority: 2 } })

    await expect
      .poll(() => stream.of('change').at(-1), { timeout: 10_000 })
      .toMatchObject({
        topic: 'batch',
        id: batch.id,
        object: { priority: 2 },
      })
  })

  streamTest('shows a narrowed API key nothing of other queues', async ({ engine, open, keyOf }) => {
    await putQueue(engine, 'mail', {})
    await putQueue(engine, 'fax', {})
    const own = await createBatch(engine, { queue: 'mail', tasks })
    const foreign = await createBatch(engine, { queue: 'fax', code: 'secret-code', tasks })
    const stream = await open(await keyOf('operator', { queues: ['mail'] }), 'topics=batches,queues,workers')
    await expect.poll(() => stream.of('snapshot').length).toBe(3)

    const later = await createBatch(engine, { queue: 'mail', tasks })
    await createBatch(engine, { queue: 'fax', tasks })

    await expect.poll(() => changesOf(stream, 'batches'), { timeout: 10_000 }).toEqual([later.batch.id])
    await expect.poll(() => stream.of('tick').at(-1), { timeout: 10_000 }).toMatchObject({ batches: null, waiting: 4 })
    expect(stream.text).toContain(own.batch.id)
    expect(stream.text).not.toContain(foreign.batch.id)
    expect(stream.text).not.toContain('secret-code')
    expect(stream.text).not.toContain('fax')
  })

  streamTest('shows a tenant its own batches alone, and counts them alone', async ({ engine, open, keyOf }) => {
    const own = await createBatch(engine, { tenant: 'acme', tasks })
    const foreign = await createBatch(engine, { tenant: 'other', tasks })
    const key = await keyOf('operator', { tenant: 'acme' })
    const stream = await open(key, `topics=batches&batch=${own.batch.id}`)

    await expect
      .poll(() => stream.of('tick').at(-1), { timeout: 10_000 })
      .toMatchObject({ batches: { active: 1, completed: 0 }, waiting: 2 })

    expect(stream.of('snapshot')).toMatchObject([
      { objects: [{ id: own.batch.id }] },
      { objects: [{ id: own.batch.id }] },
    ])
    expect(stream.text).not.toContain(foreign.batch.id)
    expect((await open(key, `batch=${foreign.batch.id}`)).response.statusCode).toBe(404)
  })

  streamTest('refuses what is not permitted, does not exist, or says nothing', async ({ engine, callAs, keyOf }) => {
    await putQueue(engine, 'fax', {})
    const { batch } = await createBatch(engine, { queue: 'fax', tasks })
    const narrowed = await keyOf('admin', { queues: ['mail'] })
    const codeOf = async (key: string, query: string) => {
      const response = await callAs(key, { url: `/v1/events${query}` })
      return [response.statusCode, problemOf(response).code]
    }

    expect(await codeOf(narrowed, '?topics=batches,system')).toEqual([403, 'SLUICE_PERMISSION_MISSING'])
    expect(await codeOf(narrowed, `?batch=${batch.id}`)).toEqual([404, 'SLUICE_BATCH_NOT_FOUND'])
    expect(await codeOf(await keyOf('viewer'), '?batch=none')).toEqual([404, 'SLUICE_BATCH_NOT_FOUND'])
    expect(await codeOf(narrowed, '')).toEqual([400, 'SLUICE_REQUEST_INVALID'])
    expect(await codeOf(narrowed, '?topics=tasks')).toEqual([400, 'SLUICE_REQUEST_INVALID'])
  })

  streamTest('ends with the API key', async ({ engine, open, keyOf }) => {
    const key = await keyOf('operator')
    const stream = await open(key, 'topics=queues')
    await expect.poll(() => stream.of('snapshot').length).toBe(1)

    await changeApiKey(engine, key.slice(5, 17), { role: 'viewer' })

    await stream.closed
    expect(stream.of('snapshot')).toHaveLength(1)
  })

  streamTest(
    '503 beyond the streams that one API key may have, while others open theirs',
    async ({ engine, keyOf, onTestFinished }) => {
      const app = await buildApp({ engine, bounds: { maxEventStreamsPerKey: 1 } })
      onTestFinished(() => app.close())
      const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/events?topics=limits`
      const [first, second] = [await keyOf('viewer'), await keyOf('viewer')]
      const stop = new AbortController()
      onTestFinished(() => stop.abort())
      const openAs = (key: string) => fetch(url, { headers: { authorization: `Bearer ${key}` }, signal: stop.signal })

      expect((await openAs(first)).status).toBe(200)
      const refused = await openAs(first)

      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
      expect(await refused.json()).toMatchObject({
        code: 'SLUICE_TOO_MANY_STREAMS',
        detail: 'This API key already has 1 event streams open.',
      })
      expect((await openAs(second)).status).toBe(200)
    },
  )
})
