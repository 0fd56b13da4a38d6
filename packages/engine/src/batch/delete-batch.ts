import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError } from '../errors.ts'
import { PAGE_TASKS } from '../keys.ts'
import { range } from '../range.ts'
import { BATCH_STATES } from '../model/batch.ts'
import { releaseCode } from './codes.ts'

/** Pages whose keys go in one command. */
const PAGES_PER_CALL = 100

/**
 * Removes a finished batch and all it holds. Throws `BatchNotFoundError`, and `BatchStateError` for one that is not
 * finished or whose last tasks are still being aborted.
 */
export async function deleteBatch(engine: Engine, batchId: string): Promise<void> {
  const { redis, keys } = engine
  const { meta } = keys.batch(batchId)
  const [state, running, deleting] = await redis.hmget(meta, 'state', 'running', 'deleting')
  if (!state || deleting) throw new BatchNotFoundError(batchId)
  if (state !== 'completed' && state !== 'cancelled') {
    throw new BatchStateError(batchId, state, 'only a completed or cancelled one can be deleted; cancel it first')
  }
  if (Number(running) > 0) {
    throw new BatchStateError(batchId, state, `${running} of its tasks are still being aborted; try again shortly`)
  }
  // A finished batch leases nothing more, so what was read above still holds.
  await removeFinishedBatch(engine, batchId)
}

/** Removes a batch that is over, whatever its last tasks do: a run that still holds one is told that it is gone. */
export async function removeFinishedBatch(engine: Engine, batchId: string): Promise<void> {
  const { redis, keys } = engine
  // Should this process die from here on, the reconciler's next pass finds a batch whose time was up long ago.
  await redis.zadd(keys.finished, 0, batchId)
  await redis.hset(keys.batch(batchId).meta, 'deleting', 1)
  await removeBatch(engine, batchId)
}

/** Removes a batch whatever its state. The indexes go last, so that a crash in between is found and finished. */
export async function removeBatch(engine: Engine, batchId: string): Promise<void> {
  const { redis, keys } = engine
  const code = await redis.hget(keys.batch(batchId).meta, 'code')
  if (code !== null) await releaseCode(engine, code, batchId)
  await removeBatchKeys(engine, batchId)
  await Promise.all(BATCH_STATES.map((state) => redis.zrem(keys.batchesInState(state), batchId)))
  await redis.zrem(keys.batches, batchId)
  await redis.zrem(keys.finished, batchId)
}

/** Removes a batch's own keys: pages first, `meta`, which says how many there are, last. Safe to repeat. */
export async function removeBatchKeys(engine: Engine, batchId: string): Promise<void> {
  const { page, outcome, meta, ...others } = engine.keys.batch(batchId)
  const total = Number((await engine.redis.hget(meta, 'total')) ?? 0)
  const pages = Math.ceil(total / PAGE_TASKS)
  for (let first = 0; first < pages; first += PAGES_PER_CALL) {
    const some = range(Math.min(PAGES_PER_CALL, pages - first)).map((n) => first + n)
    await engine.redis.unlink(...some.map(page), ...some.map(outcome))
  }
  await engine.redis.unlink(...Object.values(others))
  await engine.redis.unlink(meta)
}
