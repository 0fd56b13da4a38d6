import {
  BatchNotFoundError,
  DetectionNotFoundError,
  type Engine,
  findQueueOfBatch,
  grantsQueue,
  readDetection,
  resolveBatchId,
} from '@sluice/engine'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { principalOf } from '../http/principal.ts'
import { QueueNotGrantedError } from './auth-errors.ts'

/** What a path names. Paths below `/v1` that name nothing of these belong to no queue. */
interface Named {
  id: string
  name: string
}

/**
 * Finds the object that a path names: handlers get the id of a batch also if the path has its code, which could name
 * another batch a moment later. API keys that are narrowed to queues are kept away from the other queues. A queue that
 * the path names is refused, whether or not it exists. A batch or detection of another queue is not found, as if it did
 * not exist.
 */
export function registerObjects(app: FastifyInstance, engine: Engine): void {
  app.addHook('preHandler', async (request) => {
    const { url = '' } = request.routeOptions
    const params = request.params as Named
    const granted = request.principal?.queues ?? null
    if (url.startsWith('/v1/batches/:id')) params.id = await findBatchId(engine, params.id, granted)
    if (granted !== null) await checkNamed(engine, request, granted)
  })
}

async function checkNamed(engine: Engine, request: FastifyRequest, granted: readonly string[]): Promise<void> {
  const { url = '' } = request.routeOptions
  const params = request.params as Named
  if (url.startsWith('/v1/queues/:name')) checkGranted(request, params.name)
  if (url.startsWith('/v1/detections/:id')) await checkDetection(engine, params.id, granted)
}

async function findBatchId(engine: Engine, reference: string, granted: readonly string[] | null): Promise<string> {
  const id = await resolveBatchId(engine, reference)
  if (granted === null) return id
  const queue = await findQueueOfBatch(engine, id)
  if (queue === undefined || !grantsQueue(granted, queue)) throw new BatchNotFoundError(reference)
  return id
}

async function checkDetection(engine: Engine, id: string, granted: readonly string[]): Promise<void> {
  const { queue } = await readDetection(engine, id)
  if (!grantsQueue(granted, queue)) throw new DetectionNotFoundError(id)
}

/** Throws `QueueNotGrantedError` if the API key of a request may not use a queue that the request names. */
export function checkGranted(request: Pick<FastifyRequest, 'principal'>, queue: string): void {
  const { queues } = principalOf(request)
  if (queues !== null && !grantsQueue(queues, queue)) throw new QueueNotGrantedError(queue, queues)
}
