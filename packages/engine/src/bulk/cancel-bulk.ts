import type { Engine } from '../engine.ts'
import { BulkNotFoundError, BulkStateError } from '../errors.ts'
import type { BulkOperation } from '../model/bulk.ts'
import { cancelBulkScript } from '../scripts/cancel-bulk.ts'
import { readBulk } from './read-bulk.ts'

/**
 * Cancels a bulk operation: batches that it has not reached stay as they are. Throws `BulkNotFoundError`, and
 * `BulkStateError` if it is completed.
 */
export async function cancelBulk(engine: Engine, id: string): Promise<BulkOperation> {
  const { operation } = engine.keys.bulk(id)
  const reply = await cancelBulkScript.run(engine.redis, { operation }, {})
  if (reply.kind === 'missing') throw new BulkNotFoundError(id)
  if (reply.kind === 'completed') throw new BulkStateError(id)
  return await readBulk(engine, id)
}
