import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { interruptBatch, readInterruptions, resolveBatchId, resumeBatch, retryTasks, updateBatch } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import {
  interruptBatchOperation,
  listInterruptionsOperation,
  resumeBatchOperation,
  retryTasksOperation,
  updateBatchOperation,
} from '../operations/interruptions.ts'
import { batchView } from '../views/batch-view.ts'
import { interruptionView } from '../views/interruption-view.ts'
import { checkUpdate } from './check-submission.ts'

/** `/v1/batches/:id/…`: change a batch while it runs, stop it, and go on with it. */
export const interruptionRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine }) => {
  app.patch('/batches/:id', { schema: updateBatchOperation }, async ({ params, body }) => {
    checkUpdate(body)
    return batchView(await updateBatch(engine, await resolveBatchId(engine, params.id), body))
  })

  app.get(
    '/batches/:id/interruptions',
    { config: { gate: 'sheddable' }, schema: listInterruptionsOperation },
    async ({ params }) => {
      const interruptions = await readInterruptions(engine, await resolveBatchId(engine, params.id))
      return { interruptions: interruptions.map(interruptionView) }
    },
  )

  app.post(
    '/batches/:id/interrupt',
    { config: { gate: 'critical' }, schema: interruptBatchOperation },
    async ({ params, body }) =>
      batchView(await interruptBatch(engine, await resolveBatchId(engine, params.id), body ?? {})),
  )

  app.post('/batches/:id/resume', { schema: resumeBatchOperation }, async ({ params, body }) =>
    batchView(await resumeBatch(engine, await resolveBatchId(engine, params.id), body?.interruptionCriteria)),
  )

  app.post('/batches/:id/retry', { schema: retryTasksOperation }, async ({ params, body }) => {
    const { batch, retried } = await retryTasks(engine, await resolveBatchId(engine, params.id), body ?? {})
    return { retried, batch: batchView(batch) }
  })
}
