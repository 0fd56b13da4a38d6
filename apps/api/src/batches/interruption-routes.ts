import { operations } from '@sluice/contracts'
import { interruptBatch, readInterruptions, resumeBatch } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { route } from '../http/route.ts'
import { batchView, interruptionView } from './batch-view.ts'

/** The routes that interrupt batches and resume them. */
export const interruptionRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.interruptBatch, async ({ params, body }) =>
    batchView(await interruptBatch(engine, params.id, body ?? {})),
  )

  route(app, operations.resumeBatch, async ({ params, body }) =>
    batchView(await resumeBatch(engine, params.id, body?.interruptionCriteria)),
  )

  route(app, operations.listInterruptions, async ({ params }) => {
    const interruptions = await readInterruptions(engine, params.id)
    return { interruptions: interruptions.map(interruptionView) }
  })
}
