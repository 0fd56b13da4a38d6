import { once } from 'node:events'
import { operations } from '@sluice/contracts'
import { type Batch, readBatch, resolveBatchId, watchBatch } from '@sluice/engine'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { route } from '../http/route.ts'
import { batchView } from './batch-view.ts'

/** The route that streams a batch as events. */
export const watchBatchRoute: FastifyPluginAsync<ApiContext> = async (app, { engine, metrics, stopping }) => {
  route(app, operations.watchBatch, async (request, reply) => {
    const id = await resolveBatchId(engine, request.params.id)
    // After the stream has begun, a 404 can no longer be sent.
    await readBatch(engine, id)
    const signal = AbortSignal.any([stopping, whenClosed(reply)])

    metrics.eventStreams.inc()
    try {
      await sendEvents(reply, watchBatch(engine, id, { signal }), signal)
    } catch (error) {
      // No problem document fits into an open stream. The client opens it again and receives the error then.
      request.log.warn({ err: error }, 'event stream ended by an error')
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

/** Sending waits for a client that reads slowly, and would wait forever for one that has disconnected. */
async function sendUnlessGone(reply: FastifyReply, event: string, batch: Batch, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const sent = new AbortController()
  const gone = once(signal, 'abort', { signal: sent.signal }).catch(() => {})
  await Promise.race([reply.sse.send({ event, data: batchView(batch) }), gone])
  sent.abort()
}
