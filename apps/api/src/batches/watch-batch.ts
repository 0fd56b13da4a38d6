import { operations } from '@sluice/contracts'
import { readBatch, watchBatch } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { endWithCredential } from '../auth/end-with-credential.ts'
import { EventWriter, whenClosed } from '../http/event-writer.ts'
import { principalOf } from '../http/principal.ts'
import { headRoute, route } from '../http/route.ts'
import { sendBatchEvents } from './event-stream.ts'

/** The route that streams a batch as events. */
export const watchBatchRoute: FastifyPluginAsync<ApiContext> = async (app, context) => {
  const { engine, stopping, bounds, eventStreams } = context

  route(app, operations.watchBatch, async (request, reply) => {
    eventStreams.take(reply, principalOf(request).quotaId)
    const key = endWithCredential(context, request)
    const signal = AbortSignal.any([stopping, whenClosed(reply), key.signal])
    const batches = watchBatch(engine, request.params.id, { signal })
    // After the stream has begun, a 404 can no longer be sent.
    const first = await batches.next()

    try {
      await sendBatchEvents(new EventWriter(reply, signal, bounds.stallMs), signal, first, batches)
    } catch (error) {
      // No problem document fits into an open stream. The client opens it again and receives the error then.
      request.log.warn({ err: error }, 'event stream ended by an error')
    } finally {
      await batches.return(undefined)
      key.release()
    }
  })

  headRoute(app, operations.watchBatch, async ({ params }) => readBatch(engine, params.id))
}
