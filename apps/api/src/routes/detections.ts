import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { cancelDetection, createDetection, DEFAULT_QUEUE, listDetections, readDetection } from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import {
  cancelDetectionOperation,
  createDetectionOperation,
  listDetectionsOperation,
  readDetectionOperation,
} from '../operations/detections.ts'
import { detectionView } from '../views/detection-view.ts'

/** `/v1/detections`: find out the limits of an upstream. */
export const detectionRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, { engine }) => {
  app.post('/detections', { schema: createDetectionOperation }, async ({ body }, reply) => {
    const { queue = DEFAULT_QUEUE, budgets = {}, ...call } = body
    const detection = await createDetection(engine, { call, queue, budgets })
    reply.code(202).header('location', `/v1/detections/${detection.id}`)
    return detectionView(detection)
  })

  app.get('/detections', { config: { gate: 'sheddable' }, schema: listDetectionsOperation }, async () => ({
    detections: (await listDetections(engine)).map(detectionView),
  }))

  app.get('/detections/:id', { schema: readDetectionOperation }, async ({ params }) =>
    detectionView(await readDetection(engine, params.id)),
  )

  app.post(
    '/detections/:id/cancel',
    { config: { gate: 'critical' }, schema: cancelDetectionOperation },
    async ({ params }) => detectionView(await cancelDetection(engine, params.id)),
  )
}
