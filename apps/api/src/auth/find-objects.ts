import type { OperationId } from '@sluice/contracts'
import {
  BatchNotFoundError,
  BulkNotFoundError,
  type BatchOwner,
  DetectionNotFoundError,
  type Engine,
  findOwnerOfBatch,
  findQueuesWithin,
  grantsQueue,
  LimitNotFoundError,
  mayUseQueue,
  QueueNotFoundError,
  QueueUnknownError,
  type Reach,
  reaches,
  reachesBulk,
  reachesLimit,
  readBulk,
  readDetection,
  resolveBatchId,
  SessionNotFoundError,
} from '@sluice/engine'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Principal, principalOf } from '../http/principal.ts'
import { isOwnSession } from './session-principal.ts'
import { QueueClosedError, QueueNotGrantedError, TenantNotFoundError } from './auth-errors.ts'

/** What a path names. Paths below `/v1` that name nothing of these belong to no queue and no tenant. */
interface Named {
  id: string
  name: string
}

/**
 * Operations after which more tasks of a batch may start. The others stay open to a tenant that may not use the queue of its
 * batch any more: it reads the results, and cancels the batch.
 */
const STARTING: readonly string[] = ['appendTasks', 'retryTasks', 'resumeBatch'] satisfies OperationId[]

/**
 * Finds the object that a path or a stream of events names: handlers get the id of a batch also if the path has its code, which could name
 * another batch a moment later. This is the one place that keeps clients away from what they do not reach:
 *
 * - A batch or detection of another tenant, or of a queue that the API key is not narrowed to, is not found, as if it did
 *   not exist. Neither is a queue that is not for the tenant, nor a limit of such queues alone.
 * - A queue that the API key is not narrowed to is refused, whether or not it exists.
 * - A session of another API key or person is not found, unless the client may delete API keys.
 */
export function registerObjects(app: FastifyInstance, engine: Engine): void {
  app.addHook('preHandler', async (request) => {
    const { principal } = request
    if (principal === undefined) return
    const { url = '' } = request.routeOptions
    const params = request.params as Named
    if (url.startsWith('/v1/batches/:id')) params.id = await findBatchId(engine, request, principal, params.id)
    else if (url.startsWith('/v1/bulk/:id')) await checkBulk(engine, principal, params.id)
    else if (url === '/v1/events') await findWatched(engine, request, principal)
    else if (url.startsWith('/v1/queues/:name')) await checkQueue(engine, request, params.name)
    else if (url.startsWith('/v1/limits/:name')) await checkLimit(engine, principal, params.name)
    else if (url.startsWith('/v1/tenants/:name')) checkTenant(principal, params.name)
    else if (url.startsWith('/v1/detections/:id')) await checkDetection(engine, principal, params.id)
    else if (url.startsWith('/v1/sessions/:id')) checkSession(principal, params.id)
  })
}

function isConfined({ tenant, queues }: Principal): boolean {
  return tenant !== null || queues !== null
}

/** Finds the batch that a stream of events follows. */
async function findWatched(engine: Engine, request: FastifyRequest, principal: Principal): Promise<void> {
  const query = request.query as { batch?: string }
  if (query.batch !== undefined) query.batch = await findBatchId(engine, request, principal, query.batch)
}

async function findBatchId(
  engine: Engine,
  request: FastifyRequest,
  principal: Principal,
  reference: string,
): Promise<string> {
  const id = await resolveBatchId(engine, reference, principal.tenant ?? undefined)
  if (!isConfined(principal)) return id
  const owner = await findOwnerOfBatch(engine, id)
  if (owner === undefined || !reaches(principal, owner)) throw new BatchNotFoundError(reference)
  if (STARTING.includes(request.routeOptions.config.operation?.id ?? '')) await checkOpen(engine, principal, owner)
  return id
}

async function checkOpen(engine: Engine, { tenant }: Principal, { queue }: BatchOwner): Promise<void> {
  if (!(await mayUseQueue(engine, tenant, queue))) throw new QueueClosedError(queue)
}

async function checkQueue(engine: Engine, request: FastifyRequest, queue: string): Promise<void> {
  checkGranted(request, queue)
  if (!(await mayUseQueue(engine, principalOf(request).tenant, queue))) throw new QueueNotFoundError(queue)
}

async function checkLimit(engine: Engine, principal: Principal, limit: string): Promise<void> {
  if (!(await reachesLimit(engine, principal, limit))) throw new LimitNotFoundError(limit)
}

function checkTenant({ tenant }: Principal, name: string): void {
  if (tenant !== null && tenant !== name) throw new TenantNotFoundError(name)
}

async function checkBulk(engine: Engine, principal: Principal, id: string): Promise<void> {
  if (!reachesBulk(principal, await readBulk(engine, id))) throw new BulkNotFoundError(id)
}

/** Clients that may delete API keys may end the sessions of all. */
function checkSession(principal: Principal, id: string): void {
  if (!isOwnSession(principal, id) && !principal.permissions.has('keys:write')) throw new SessionNotFoundError(id)
}

async function checkDetection(engine: Engine, principal: Principal, id: string): Promise<void> {
  if (isConfined(principal) && !reaches(principal, await readDetection(engine, id)))
    throw new DetectionNotFoundError(id)
}

/** The names of the queues that a client may use, for lists of what belongs to queues. Null: all. */
export async function queuesWithin(engine: Engine, reach: Reach): Promise<readonly string[] | null> {
  if (reach.tenant === null) return reach.queues
  return (await findQueuesWithin(engine, reach)).map(({ name }) => name)
}

/** Throws `QueueNotGrantedError` if the API key of a request is not narrowed to a queue that the request names. */
export function checkGranted(request: Pick<FastifyRequest, 'principal'>, queue: string): void {
  const { queues } = principalOf(request)
  if (queues !== null && !grantsQueue(queues, queue)) throw new QueueNotGrantedError(queue, queues)
}

/**
 * Throws unless a request may create something in a queue: `QueueNotGrantedError`, and `QueueUnknownError` as if the queue did
 * not exist if it is not for the tenant.
 */
export async function checkUsable(
  engine: Engine,
  request: Pick<FastifyRequest, 'principal'>,
  queue: string,
): Promise<void> {
  checkGranted(request, queue)
  if (!(await mayUseQueue(engine, principalOf(request).tenant, queue))) throw new QueueUnknownError(queue)
}
