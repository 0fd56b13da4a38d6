import { operations } from '@sluice/contracts'
import { createBatch, DEFAULT_QUEUE } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { checkGranted } from '../auth/narrow-requests.ts'
import { route } from '../http/route.ts'
import { registerTaskBodies } from '../http/bodies/task-bodies.ts'
import { fingerprint } from '../intake/fingerprint.ts'
import type { JsonTasks } from '../intake/json-tasks/read-json-tasks.ts'
import { batchView } from './batch-view.ts'
import { checkSubmission } from './check-batch-settings.ts'

/** The route that creates a batch, with or without tasks. */
export const createBatchRoute: FastifyPluginAsync<ApiContext> = async (app, context) => {
  const { engine, metrics } = context
  registerTaskBodies(app, { ...context, place: 'body/tasks', timeoutMs: context.bounds.bodyTimeoutMs })

  route(app, operations.createBatch, async (request, reply) => {
    const { body, headers } = request
    const sent = body as unknown as JsonTasks | undefined
    const settings = checkSubmission(sent)
    checkGranted(request, settings.queue ?? DEFAULT_QUEUE)
    const tasks = sent?.envelopes ?? []

    const key = headers['idempotency-key']
    const idempotency = key === undefined ? undefined : { key, fingerprint: await fingerprint(settings, tasks) }
    const { batch, isNew } = await createBatch(engine, { ...settings, tasks, idempotency })

    if (isNew) metrics.tasksAccepted.inc(tasks.length)
    reply.code(isNew ? 201 : 200).header('location', `/v1/batches/${batch.id}`)
    return batchView(batch)
  })
}
