import type { Engine } from '../engine.ts'
import { PAGE_TASKS } from '../keys.ts'
import { BATCH_STATES } from '../model/batch.ts'
import { range } from '../range.ts'
import { releaseCode } from './codes.ts'

/** Pages whose keys one command deletes. */
const PAGES_PER_CALL = 100

/**
 * Makes a finished batch permanently invisible. Its running tasks need no settling: a run that still holds one finds
 * the batch missing.
 */
export async function markErased({ redis, keys }: Engine, batchId: string): Promise<void> {
  // If this process dies after this step, the reconciler finds a batch whose retention has ended and erases it.
  await redis.zadd(keys.finished, 0, batchId)
  await redis.hset(keys.batch(batchId).meta, 'deleting', 1)
}

/**
 * Erases the keys, the code and the index entries of a batch that is marked as erased or has only index entries left.
 * The index entries are deleted last, so that the reconciler finds the batch after a crash. Safe to repeat.
 */
export async function eraseBatch(engine: Engine, batchId: string): Promise<void> {
  const { redis, keys } = engine
  const code = await redis.hget(keys.batch(batchId).meta, 'code')
  if (code !== null) await releaseCode(engine, code, batchId)
  await eraseKeys(engine, batchId)
  await Promise.all(BATCH_STATES.map((state) => redis.zrem(keys.batchesInState(state), batchId)))
  await redis.zrem(keys.batches, batchId)
  await redis.zrem(keys.finished, batchId)
}

/** Deletes the pages first and `meta` last, because `meta` holds the number of tasks, which determines the pages. */
async function eraseKeys(engine: Engine, batchId: string): Promise<void> {
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
