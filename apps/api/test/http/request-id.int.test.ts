import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { apiTest } from '../support/api-test.ts'
import { problemOf } from '../support/requests.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'

const logTest = apiTest
  .extend('log', () => new PassThrough())
  .override('app', async ({ engine, log, onTestFinished }) => {
    const app = await buildApp({ engine, logger: pino(log) })
    onTestFinished(() => app.close())
    return app
  })

function entriesOf(log: PassThrough): Record<string, unknown>[] {
  const text = (log.read() as Buffer | null)?.toString() ?? ''
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('x-request-id', () => {
  logTest.for(['01J9Z3KX8N', 'a/b+c=@d~e:f._-', 'x'.repeat(128)])(
    'is the id of the request in its answer and in the log: %s',
    async (id, { app, log }) => {
      const response = await app.inject({ url: '/v1/batches/none', headers: { 'x-request-id': id } })

      expect(response.headers['x-request-id']).toBe(id)
      expect(problemOf(response).requestId).toBe(id)
      const ids = entriesOf(log).map(({ requestId }) => requestId)
      expect(ids.length).toBeGreaterThan(0)
      expect(new Set(ids)).toEqual(new Set([id]))
    },
  )

  logTest.for(['', 'a b', 'a"b', 'a\u00e9', 'a, b', 'x'.repeat(129), '<script>'])(
    'is replaced by a new id if a log or a header should not show it: %j',
    async (id, { app }) => {
      const response = await app.inject({ url: '/healthz', headers: { 'x-request-id': id } })

      expect(response.headers['x-request-id']).toMatch(UUID)
    },
  )
})

describe('traceparent', () => {
  logTest('adds the trace to each log entry of the request', async ({ app, log }) => {
    const headers = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` }

    await app.inject({ url: '/v1/batches/none', headers })

    const entries = entriesOf(log)
    expect(entries.length).toBeGreaterThan(1)
    for (const entry of entries) expect(entry).toMatchObject({ traceId: TRACE_ID, spanId: '00f067aa0ba902b7' })
  })

  logTest.for([
    'nonsense',
    `ff-${TRACE_ID}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-00f067aa0ba902b7-01-more`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-00f067aa0ba902b7-01`,
  ])('is ignored if it is not valid: %s', async (traceparent, { app, log }) => {
    await app.inject({ url: '/v1/batches/none', headers: { traceparent } })

    for (const entry of entriesOf(log)) expect(entry).not.toHaveProperty('traceId')
  })
})
