import { once } from 'node:events'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Batch, readBatch, resolveBatchId, watchBatch } from '@sluice/engine'
import type { FastifyReply } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { watchBatchOperation } from '../operations/batches.ts'
import { batchView } from '../views/batch-view.ts'

/** `GET /v1/batches/:id/events`: follow a batch without asking again and again. */
export const eventRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine, metrics, stopping }) => {
  app.get('/batches/:id/events', { sse: 'manual', schema: watchBatchOperation }, async (request, reply) => {
    const id = await resolveBatchId(engine, request.params.id)
    // Once the stream has begun it is too late to say 404.
    await readBatch(engine, id)
    const signal = AbortSignal.any([stopping, whenClosed(reply)])

    metrics.eventStreams.inc()
    try {
      await sendEvents(reply, watchBatch(engine, id, { signal }), signal)
    } catch (error) {
      // Nothing can be said on a stream that has begun; its client opens it again and gets the answer then.
      request.log.warn({ err: error }, 'an event stream was cut short')
    } finally {
      metrics.eventStreams.dec()
    }
  })
}

function whenClosed(reply: FastifyReply): AbortSignal {
  const closed = new AbortController()
  reply.sse.onClose(() => closed.abort())
  return closed.signal
}

async function sendEvents(reply: FastifyReply, batches: AsyncIterable<Batch>, signal: AbortSignal): Promise<void> {
  let event = 'snapshot'
  let last: Batch | undefined
  for await (const batch of batches) {
    await sendUnlessGone(reply, event, batch, signal)
    if (signal.aborted) return
    event = 'change'
    last = batch
  }
  if (!signal.aborted && last !== undefined) await sendUnlessGone(reply, 'end', last, signal)
}

/** Sending waits for a client that reads slowly, and would wait for ever for one that has left. */
async function sendUnlessGone(reply: FastifyReply, event: string, batch: Batch, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const sent = new AbortController()
  const gone = once(signal, 'abort', { signal: sent.signal }).catch(() => {})
  await Promise.race([reply.sse.send({ event, data: batchView(batch) }), gone])
  sent.abort()
}
