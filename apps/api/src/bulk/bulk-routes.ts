import { type BulkAction, type BulkView, operations, type Permission } from '@sluice/contracts'
import { type BulkRequest, cancelBulk, chooseBatches, type Engine, listBulk, readBulk, startBulk } from '@sluice/engine'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { PermissionMissingError } from '../auth/auth-errors.ts'
import { checkGranted } from '../auth/find-objects.ts'
import { principalOf } from '../http/principal.ts'
import { type RequestOf, route } from '../http/route.ts'
import { bulkView } from './bulk-view.ts'

/** What each action needs, as the operation on one batch does. */
const PERMISSIONS: Record<BulkAction, Permission> = {
  interrupt: 'batches:control',
  resume: 'batches:control',
  retry: 'batches:control',
  cancel: 'batches:write',
  delete: 'batches:delete',
}

const LATER = { hasMore: false }

/** The routes that act on many batches. */
export const bulkRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.startBulk, async (request, reply) => {
    checkPermission(request, request.body.action)
    if (request.body.filter.queue !== undefined) checkGranted(request, request.body.filter.queue)
    const asked = requestOf(request)
    if (request.body.dryRun) return await preview(engine, asked)
    const { hasMore, ...bulk } = await startBulk(engine, asked)
    reply.code(202).header('location', `/v1/bulk/${bulk.id}`)
    return bulkView(bulk, { hasMore })
  })

  route(app, operations.listBulk, async (request) => {
    const found = await listBulk(engine, principalOf(request))
    return { operations: found.map((bulk) => bulkView(bulk, LATER)) }
  })

  route(app, operations.readBulk, async ({ params }) => bulkView(await readBulk(engine, params.id), LATER))

  route(app, operations.cancelBulk, async (request) => {
    const { id } = request.params
    checkPermission(request, (await readBulk(engine, id)).action)
    return bulkView(await cancelBulk(engine, id), LATER)
  })
}

function checkPermission(request: FastifyRequest, action: BulkAction): void {
  const { permissions } = principalOf(request)
  const permission = PERMISSIONS[action]
  if (permissions.has(permission)) return
  throw new PermissionMissingError(
    permission,
    `The action ${action} needs the permission ${permission}, which this client lacks.`,
  )
}

function requestOf(request: RequestOf<typeof operations.startBulk>): BulkRequest {
  const { tenant, queues, keyId } = principalOf(request)
  const { action, filter } = request.body
  const reason = request.headers['x-sluice-reason']
  return {
    action,
    filter,
    reach: { tenant, queues },
    reason: typeof reason === 'string' ? reason : null,
    createdBy: keyId,
  }
}

/** What an operation would act on. */
async function preview(engine: Engine, request: BulkRequest): Promise<BulkView> {
  const { ids, tasks, hasMore } = await chooseBatches(engine, request)
  const nothing = { id: '', done: 0, skipped: 0, skips: [], createdAt: new Date(), finishedAt: null }
  const operation = { ...request, ...nothing, state: 'running' as const, total: ids.length, tasks }
  return { ...bulkView(operation, { hasMore }), id: null, state: 'dry_run' }
}
