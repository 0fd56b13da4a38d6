import { Readable } from 'node:stream'
import { mediaTypes, operations } from '@sluice/contracts'
import { readBatch, readResults, type TaskResult, Yielder } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { principalOf } from '../http/principal.ts'
import { headRoute, route } from '../http/route.ts'
import { StreamSlots } from '../http/stream-slots.ts'
import { RESULT_HEADER, taskResultRow } from './task-result-row.ts'
import { taskResultLine } from './task-view.ts'

/** The route that streams the results of a batch. */
export const readResultsRoute: FastifyPluginAsync<ApiContext> = async (app, { engine, metrics, bounds }) => {
  const slots = new StreamSlots({
    max: bounds.maxResultStreams,
    maxPerKey: bounds.maxResultStreams,
    kind: 'streams of results',
    gauge: metrics.resultStreams,
  })

  route(app, operations.readResults, async (request, reply) => {
    slots.take(reply, principalOf(request).quotaId)
    const { params, query } = request
    const { id } = params
    const { format = 'ndjson', state: states, fromSeq } = query
    // After the stream has begun, a 404 can no longer be sent.
    await readBatch(engine, id)
    reply.type(MEDIA_TYPES[format])
    return Readable.from(textOf(readResults(engine, id, { states, fromSeq }), format), { objectMode: false })
  })

  headRoute(app, operations.readResults, async ({ params, query: { format = 'ndjson' } }, reply) => {
    await readBatch(engine, params.id)
    reply.type(MEDIA_TYPES[format])
  })
}

type ResultFormat = 'ndjson' | 'csv'

const MEDIA_TYPES: Readonly<Record<ResultFormat, string>> = {
  ndjson: mediaTypes.ndjson,
  csv: `${mediaTypes.csv}; charset=utf-8; header=present`,
}

/** Characters sent at once: a single line would cost one pass through the stream machinery each. */
const LINES_SIZE = 256 * 1024

async function* textOf(pages: AsyncIterable<TaskResult[]>, format: ResultFormat): AsyncGenerator<string> {
  const yielder = new Yielder()
  const lineOf = format === 'csv' ? taskResultRow : taskResultLine
  // The header is sent with the first results: once anything is sent, an error can only cut the stream.
  let lines = format === 'csv' ? RESULT_HEADER : ''
  for await (const page of pages) {
    for (const result of page) {
      lines += lineOf(result)
      if (lines.length >= LINES_SIZE) {
        yield lines
        lines = ''
      }
      if (yielder.isDue) await yielder.yield()
    }
    if (lines !== '') yield lines
    lines = ''
  }
  if (lines !== '') yield lines
}
