import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createBatch } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { fingerprint } from '../fingerprint.ts'
import type { JsonTasks } from '../json-tasks/read-json-tasks.ts'
import { registerJsonTasks } from '../json-tasks/register-json-tasks.ts'
import { createBatchOperation } from '../operations/batches.ts'
import { compileAllButBody } from '../request-validator.ts'
import { batchView } from '../views/batch-view.ts'
import { checkSubmission } from './check-submission.ts'

/** `POST /v1/batches`: create a batch, with its tasks or without. */
export const createBatchRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, context) => {
  const { engine, metrics } = context
  registerJsonTasks(app, { ...context, place: 'body/tasks' })

  app.post(
    '/batches',
    { schema: createBatchOperation, validatorCompiler: compileAllButBody },
    async (request, reply) => {
      const sent = request.body as unknown as JsonTasks | undefined
      const settings = checkSubmission(sent)
      const tasks = sent?.envelopes ?? []

      const key = request.headers['idempotency-key']
      const idempotency = key === undefined ? undefined : { key, fingerprint: await fingerprint(settings, tasks) }
      const { batch, isNew } = await createBatch(engine, { ...settings, tasks, idempotency })

      if (isNew) metrics.tasksAccepted.inc(tasks.length)
      reply.code(isNew ? 201 : 200).header('location', `/v1/batches/${batch.id}`)
      return batchView(batch)
    },
  )
}
