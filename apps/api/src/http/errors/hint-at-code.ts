import {
  BatchNotFoundError,
  type BatchOwner,
  DEFAULT_TENANT,
  type Engine,
  findBatchWithCode,
  findOwnerOfBatch,
  reaches,
} from '@sluice/engine'
import type { FastifyRequest } from 'fastify'

/**
 * Adds to the refusal of an unknown batch id that a batch has it as its code: clients forget the `code:` before it. A
 * client learns only of batches that it reaches.
 */
export async function hintAtCode(
  engine: Engine,
  error: BatchNotFoundError,
  { principal }: FastifyRequest,
): Promise<BatchNotFoundError> {
  // Another error on the way, such as a Redis that is away by now, must not hide the refusal.
  const tenant = principal?.tenant ?? DEFAULT_TENANT
  const owner = await findOwnerOfCode(engine, tenant, error.reference).catch(() => undefined)
  const isVisible = owner !== undefined && principal !== undefined && reaches(principal, owner)
  return isVisible ? new BatchNotFoundError(error.reference, { isCode: true }) : error
}

async function findOwnerOfCode(engine: Engine, tenant: string, code: string): Promise<BatchOwner | undefined> {
  const id = await findBatchWithCode(engine, tenant, code)
  return id === undefined ? undefined : await findOwnerOfBatch(engine, id)
}
