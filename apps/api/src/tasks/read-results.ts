import { Readable } from 'node:stream'
import { operations } from '@sluice/contracts'
import { readBatch, readResults, type TaskResult, Yielder } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { principalOf } from '../http/principal.ts'
import { headRoute, route } from '../http/route.ts'
import { StreamSlots } from '../http/stream-slots.ts'
import { taskResultView } from './task-view.ts'

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
    const { id } = request.params
    // After the stream has begun, a 404 can no longer be sent.
    await readBatch(engine, id)
    return Readable.from(resultLines(readResults(engine, id, request.query)), { objectMode: false })
  })

  headRoute(app, operations.readResults, async ({ params }) => readBatch(engine, params.id))
}

/** Characters sent at once: a single line would cost one pass through the stream machinery each. */
const LINES_SIZE = 256 * 1024

async function* resultLines(pages: AsyncIterable<TaskResult[]>): AsyncGenerator<string> {
  const yielder = new Yielder()
  for await (const page of pages) {
    let lines = ''
    for (const result of page) {
      lines += `${JSON.stringify(taskResultView(result))}\n`
      if (lines.length >= LINES_SIZE) {
        yield lines
        lines = ''
      }
      if (yielder.isDue) await yielder.yield()
    }
    if (lines !== '') yield lines
  }
}
