import { DEFAULT_BATCHES_PER_PAGE, operations } from '@sluice/contracts'
import {
  cancelBatch,
  deleteBatch,
  listBatches,
  readBatch,
  readReport,
  readSeries,
  sealBatch,
  updateBatch,
} from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { checkGranted } from '../auth/find-objects.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { sentTime } from '../intake/sent-time.ts'
import { batchView } from './batch-view.ts'
import { checkUpdate } from './check-batch-settings.ts'
import { reportView } from './report-view.ts'
import { seriesView } from './series-view.ts'
import { sentStart } from './sent-start.ts'

/** The routes that read, change and end batches. */
export const batchRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listBatches, async (request) => {
    const { pageSize = DEFAULT_BATCHES_PER_PAGE, createdAfter, createdBefore, ...filter } = request.query
    if (filter.queue !== undefined) checkGranted(request, filter.queue)
    const reach = principalOf(request)
    const times = {
      createdAfter: sentTime('query/createdAfter', createdAfter),
      createdBefore: sentTime('query/createdBefore', createdBefore),
    }
    const { batches, nextCursor } = await listBatches(engine, { ...filter, ...times, pageSize, reach })
    return { batches: batches.map(batchView), nextCursor }
  })

  route(app, operations.readBatch, async ({ params }) => batchView(await readBatch(engine, params.id)))

  route(app, operations.readReport, async ({ params, query }) => reportView(await readReport(engine, params.id, query)))

  route(app, operations.readSeries, async ({ params }) => seriesView(await readSeries(engine, params.id)))

  route(app, operations.updateBatch, async ({ params, body }) => {
    checkUpdate(body)
    const startAt = sentStart('body/startAt', body.startAt)
    return batchView(await updateBatch(engine, params.id, { ...body, startAt }))
  })

  route(app, operations.sealBatch, async ({ params }) => batchView(await sealBatch(engine, params.id)))

  route(app, operations.cancelBatch, async ({ params, body }) => batchView(await cancelBatch(engine, params.id, body)))

  route(app, operations.deleteBatch, async ({ params }) => {
    await deleteBatch(engine, params.id)
  })
}
