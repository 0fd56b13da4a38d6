import type { IncomingHttpHeaders } from 'node:http'
import { createBatch, putQueue } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { createHandler, serve } from '../support/http-fixtures.ts'
import { untilFinished, workerTest } from '../support/worker-test.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`
const IN_TRACE = new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`)

/** A test with an upstream that records the headers of its calls, and refuses each first attempt with a 500. */
const traceTest = workerTest.extend('upstream', async () => {
  const calls: IncomingHttpHeaders[] = []
  const { url, port } = await serve(({ headers }, response) => {
    response.writeHead(calls.push(headers) % 2 === 1 ? 500 : 200).end()
  })
  return { url, port, calls }
})

describe('the trace of the request that created a batch', () => {
  traceTest(
    'reaches an upstream that the queue lists, with a span for each attempt',
    async ({ engine, startWorker, upstream }) => {
      await putQueue(engine, 'traced', { http: { propagateTrace: [`127.0.0.1:${upstream.port}`] } })
      await startWorker({ handlers: { http: createHandler() }, queues: ['traced'] })

      const { batch } = await createBatch(engine, {
        queue: 'traced',
        traceparent: TRACEPARENT,
        retry: { minDelayMs: 1, maxDelayMs: 5 },
        tasks: [JSON.stringify({ payload: { url: upstream.url } })],
      })
      await untilFinished(engine, batch.id)

      const sent = upstream.calls.map(({ traceparent }) => String(traceparent))
      expect(sent).toEqual([expect.stringMatching(IN_TRACE), expect.stringMatching(IN_TRACE)])
      expect(new Set([...sent, TRACEPARENT]).size).toBe(3)
    },
  )

  traceTest('reaches no upstream that the queue does not list', async ({ engine, startWorker, upstream }) => {
    await putQueue(engine, 'other', { http: { propagateTrace: ['api.example.com', `127.0.0.1:1`] } })
    await startWorker({ handlers: { http: createHandler() } })

    for (const queue of ['default', 'other']) {
      const tasks = [JSON.stringify({ payload: { url: upstream.url } })]
      const retry = { minDelayMs: 1, maxDelayMs: 5 }
      const { batch } = await createBatch(engine, { queue, traceparent: TRACEPARENT, retry, tasks })
      await untilFinished(engine, batch.id)
    }

    expect(upstream.calls).toHaveLength(4)
    expect(upstream.calls.map(({ traceparent }) => traceparent)).toEqual(Array.from({ length: 4 }, () => undefined))
  })

  traceTest('is in the context of handlers, one span for the whole attempt', async ({ engine, startWorker }) => {
    const seen: (string | undefined)[][] = []
    await startWorker({
      handlers: { work: (_payload, context) => void seen.push([context.traceparent, context.traceparent]) },
    })

    for (const traceparent of [TRACEPARENT, undefined]) {
      const { batch } = await createBatch(engine, { type: 'work', traceparent, tasks: ['{"payload":1}'] })
      await untilFinished(engine, batch.id)
    }

    expect(seen[0]?.[0]).toMatch(IN_TRACE)
    expect(seen[0]?.[1]).toBe(seen[0]?.[0])
    expect(seen[1]).toEqual([undefined, undefined])
  })
})
