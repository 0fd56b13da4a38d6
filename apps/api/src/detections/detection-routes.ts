import { operations } from '@sluice/contracts'
import { cancelDetection, createDetection, DEFAULT_QUEUE, listDetections, readDetection } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { checkUsable } from '../auth/find-objects.ts'
import { principalOf, tenantOf } from '../http/principal.ts'
import { refuseIdempotencyKey } from '../http/refuse-idempotency-key.ts'
import { route } from '../http/route.ts'
import { checkCall } from './check-call.ts'
import { detectionView } from './detection-view.ts'

/** The routes of detections. */
export const detectionRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.createDetection, async (request, reply) => {
    refuseIdempotencyKey(request.headers, 'List the detections before you repeat the request')
    checkCall(request.body)
    const { queue = DEFAULT_QUEUE, budgets = {}, ...call } = request.body
    await checkUsable(engine, request, queue)
    const detection = await createDetection(engine, { tenant: tenantOf(request), call, queue, budgets })
    reply.header('location', `/v1/detections/${detection.id}`)
    return detectionView(detection)
  })

  route(app, operations.listDetections, async (request) => {
    const detections = await listDetections(engine, principalOf(request))
    return { detections: detections.map(detectionView) }
  })

  route(app, operations.readDetection, async ({ params }) => detectionView(await readDetection(engine, params.id)))

  route(app, operations.cancelDetection, async ({ params }) => detectionView(await cancelDetection(engine, params.id)))
}
