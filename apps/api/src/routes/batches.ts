import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DEFAULT_BATCHES_PER_PAGE } from '@sluice/contracts'
import {
  cancelBatch,
  createBatch,
  deleteBatch,
  listBatches,
  readBatch,
  readReport,
  resolveBatchId,
  sealBatch,
} from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { fingerprint } from '../fingerprint.ts'
import {
  cancelBatchOperation,
  createBatchOperation,
  deleteBatchOperation,
  listBatchesOperation,
  readBatchOperation,
  readReportOperation,
  sealBatchOperation,
} from '../operations/batches.ts'
import { batchView } from '../views/batch-view.ts'
import { reportView } from '../views/report-view.ts'
import { checkSubmission } from './check-submission.ts'
import { taskEnvelopes } from './task-envelopes.ts'

/** `/v1/batches`: create batches, look at them, and end them. */
export const batchRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine, metrics, maxTaskBytes }) => {
  app.post('/batches', { schema: createBatchOperation }, async (request, reply) => {
    const { tasks, ...settings } = request.body
    const envelopes = taskEnvelopes(tasks ?? [])
    checkSubmission(request.body, envelopes, maxTaskBytes)

    const key = request.headers['idempotency-key']
    const idempotency = key === undefined ? undefined : { key, fingerprint: fingerprint(request.body) }
    const { batch, isNew } = await createBatch(engine, { ...settings, tasks: envelopes, idempotency })

    if (isNew) metrics.tasksAccepted.inc(envelopes.length)
    reply.code(isNew ? 201 : 200).header('location', `/v1/batches/${batch.id}`)
    return batchView(batch)
  })

  app.get(
    '/batches',
    { config: { gate: 'sheddable' }, schema: listBatchesOperation },
    async ({ query: { limit = DEFAULT_BATCHES_PER_PAGE, ...filter } }) => {
      const { batches, nextCursor } = await listBatches(engine, { ...filter, limit })
      return { batches: batches.map(batchView), nextCursor }
    },
  )

  app.get('/batches/:id', { schema: readBatchOperation }, async ({ params }) =>
    batchView(await readBatch(engine, await resolveBatchId(engine, params.id))),
  )

  app.get('/batches/:id/report', { schema: readReportOperation }, async ({ params }) =>
    reportView(await readReport(engine, await resolveBatchId(engine, params.id))),
  )

  app.post('/batches/:id/seal', { schema: sealBatchOperation }, async ({ params }) =>
    batchView(await sealBatch(engine, await resolveBatchId(engine, params.id))),
  )

  app.post('/batches/:id/cancel', { config: { gate: 'critical' }, schema: cancelBatchOperation }, async ({ params }) =>
    batchView(await cancelBatch(engine, await resolveBatchId(engine, params.id))),
  )

  app.delete('/batches/:id', { schema: deleteBatchOperation }, async ({ params }, reply) => {
    await deleteBatch(engine, await resolveBatchId(engine, params.id))
    return reply.code(204).send()
  })
}
