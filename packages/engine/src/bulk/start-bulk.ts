import type { Engine } from '../engine.ts'
import { BULK_KEPT_MS, type BulkOperation, type BulkRequest } from '../model/bulk.ts'
import { newId } from '../new-id.ts'
import { redisNow } from '../redis-now.ts'
import { startBulkScript } from '../scripts/start-bulk.ts'
import { checkStorage } from '../storage-guard.ts'
import { chooseBatches } from './choose-batches.ts'
import { readBulk } from './read-bulk.ts'

/** The name of the jobs that carry out bulk operations. */
const BULK_JOB = 'bulk'

/**
 * Starts a bulk operation. Its batches are chosen now; workers then act on one after the other. Throws `StorageFullError`.
 *
 * The operation is listed before it is stored, and stored before its job is added. If this process dies in between, a pass
 * of the reconciler adds the job.
 */
export async function startBulk(engine: Engine, request: BulkRequest): Promise<BulkOperation & { hasMore: boolean }> {
  await checkStorage(engine)
  const { ids, hasMore } = await chooseBatches(engine, request)
  const id = newId()
  await addToIndex(engine, id)
  const { operation, batches } = engine.keys.bulk(id)
  const stored = { request: JSON.stringify(request), keptMs: BULK_KEPT_MS, ids }
  await startBulkScript.run(engine.redis, { operation, batches }, stored)
  if (ids.length > 0) await scheduleBulk(engine, id)
  return { ...(await readBulk(engine, id)), hasMore }
}

/** Has a worker go on with a bulk operation. However often this is called, one job waits and one runs. */
export async function scheduleBulk(engine: Engine, id: string): Promise<void> {
  const deduplication = { id: `bulk-${id}`, keepLastIfActive: true }
  await engine.maintenanceQueue.open().add(BULK_JOB, { bulk: id }, { deduplication })
}

/** Adds an operation to the index, and removes entries of expired ones. */
async function addToIndex({ redis, keys }: Engine, id: string): Promise<void> {
  const now = await redisNow({ redis })
  await redis.zadd(keys.bulks, now, id)
  await redis.zremrangebyscore(keys.bulks, '-inf', now - 2 * BULK_KEPT_MS)
  await redis.pexpire(keys.bulks, 2 * BULK_KEPT_MS)
}
