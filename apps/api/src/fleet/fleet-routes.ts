import { operations } from '@sluice/contracts'
import { listWorkers, readSystem } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { queuesWithin } from '../auth/find-objects.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { systemView } from './system-view.ts'
import { workerView } from './worker-view.ts'

/** The routes that show the installation as a whole. */
export const fleetRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine, eventStreams }) => {
  route(app, operations.listWorkers, async (request) => {
    const granted = await queuesWithin(engine, principalOf(request))
    const workers = await listWorkers(engine, { granted })
    return { workers: workers.map((worker) => workerView(worker, { isNarrowed: granted !== null })) }
  })

  route(app, operations.readSystem, async () =>
    systemView(app, { eventStreams: eventStreams.open }, await readSystem(engine)),
  )
}
