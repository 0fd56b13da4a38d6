import type { Engine } from '../engine.ts'
import { PAGE_TASKS } from '../keys.ts'
import { BATCH_STATES } from '../model/batch.ts'
import { range } from '../range.ts'
import { releaseCode } from './codes.ts'

/** Pages whose keys go in one command. */
const PAGES_PER_CALL = 100

/**
 * Makes a finished batch invisible, for good. Its state and its running tasks do not matter any more: a run that still
 * holds one finds the batch missing.
 */
export async function markErased({ redis, keys }: Engine, batchId: string): Promise<void> {
  // If this process dies from here on, the reconciler finds a batch whose retention ended long ago.
  await redis.zadd(keys.finished, 0, batchId)
  await redis.hset(keys.batch(batchId).meta, 'deleting', 1)
}

/**
 * Erases a batch that is marked, or of which only index entries are left: its keys, its code and its index entries. The
 * indexes go last, so that the reconciler finds what a crash left. Safe to repeat.
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

/** Pages go first; `meta`, which tells how many there are, goes last. */
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
