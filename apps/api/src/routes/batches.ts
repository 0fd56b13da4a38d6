import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DEFAULT_BATCHES_PER_PAGE } from '@sluice/contracts'
import { cancelBatch, deleteBatch, listBatches, readBatch, readReport, resolveBatchId, sealBatch } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import {
  cancelBatchOperation,
  deleteBatchOperation,
  listBatchesOperation,
  readBatchOperation,
  readReportOperation,
  sealBatchOperation,
} from '../operations/batches.ts'
import { batchView } from '../views/batch-view.ts'
import { reportView } from '../views/report-view.ts'

/** `/v1/batches`: look at batches, and end them. */
export const batchRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine }) => {
  app.get(
    '/batches',
    { config: { gate: 'sheddable' }, schema: listBatchesOperation },
    async ({ query: { pageSize = DEFAULT_BATCHES_PER_PAGE, ...filter } }) => {
      const { batches, nextCursor } = await listBatches(engine, { ...filter, pageSize })
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
