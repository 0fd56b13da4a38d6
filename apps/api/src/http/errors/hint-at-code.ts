import { BatchNotFoundError, type Engine, findQueueOfBatch, grantsQueue } from '@sluice/engine'
import type { FastifyRequest } from 'fastify'

/**
 * Adds to the refusal of an unknown batch id that a batch has it as its code: clients forget the `code:` before it. An API
 * key that is narrowed to queues learns only of batches of these.
 */
export async function hintAtCode(
  engine: Engine,
  error: BatchNotFoundError,
  { principal }: FastifyRequest,
): Promise<BatchNotFoundError> {
  // Another error on the way, such as a Redis that is away by now, must not hide the refusal.
  const queue = await findQueueOfCode(engine, error.reference).catch(() => undefined)
  const isVisible = queue !== undefined && principal !== undefined && grantsQueue(principal.queues, queue)
  return isVisible ? new BatchNotFoundError(error.reference, { isCode: true }) : error
}

async function findQueueOfCode(engine: Engine, code: string): Promise<string | undefined> {
  const id = await engine.redis.hget(engine.keys.codes, code)
  return id === null ? undefined : await findQueueOfBatch(engine, id)
}
