import { type Operation, operations } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { request } from '../support/raw-request.ts'
import { createBatch } from '../support/requests.ts'

const reads = (Object.values(operations) as Operation[]).filter(({ method }) => method === 'GET')

/** What a GET cannot do without. */
const QUERIES: Readonly<Record<string, string>> = { watchEvents: '?topics=system' }

/** Headers whose values differ from answer to answer, or that only an answer with a body has. */
const OTHER_HEADERS = new Set(['x-request-id', 'date', 'content-length', 'transfer-encoding', 'keep-alive'])

function comparable(headers: Record<string, string>): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OTHER_HEADERS.has(name)))
}

describe('HEAD', () => {
  apiTest('answers as GET does, without a body, for every operation that reads', async ({ app, baseUrl }) => {
    await createBatch(app, { code: 'one', tasks: [{ payload: 1 }] })
    await app.inject({ method: 'PUT', url: '/v1/queues/one', payload: {} })
    for (const { id, path, answers } of reads) {
      const url = path.replace(':id', 'code:one').replace(':name', 'one').replace(':seq', '0')
      const target = url + (QUERIES[id] ?? '')
      const isEvents = Object.values(answers)[0]?.content.kind === 'events'
      const head = await request(baseUrl, `HEAD ${target}`, ['Host: localhost'])
      const other = isEvents ? undefined : await request(baseUrl, `GET ${target}`, ['Host: localhost'])

      expect([id, head.body]).toEqual([id, ''])
      if (other === undefined) expect([id, head.status]).toEqual([id, 200])
      else expect([id, head.status, comparable(head.headers)]).toEqual([id, other.status, comparable(other.headers)])
    }
  })

  apiTest('404 without a body for what does not exist', async ({ baseUrl }) => {
    for (const path of ['', '/results', '/events', '/report']) {
      const { status, body } = await request(baseUrl, `HEAD /v1/batches/none${path}`, ['Host: localhost'])

      expect([path, status, body]).toEqual([path, 404, ''])
    }
  })

  apiTest('does not begin a stream', async ({ app, baseUrl }) => {
    await createBatch(app, { code: 'one' })

    for (const [path, type] of [
      ['events', 'text/event-stream'],
      ['results', 'application/x-ndjson'],
    ] as const) {
      const head = await request(baseUrl, `HEAD /v1/batches/code:one/${path}`, ['Host: localhost'])

      expect([head.status, head.headers['content-type']]).toEqual([200, type])
    }
    const metrics = (await app.inject({ url: '/metrics' })).body
    expect(metrics).toContain('sluice_event_streams 0\n')
    expect(metrics).toContain('sluice_result_streams 0\n')
  })

  apiTest('serves the pages of /docs', async ({ app }) => {
    const response = await app.inject({ method: 'HEAD', url: '/docs' })

    expect([response.statusCode, response.body]).toEqual([200, ''])
  })
})
