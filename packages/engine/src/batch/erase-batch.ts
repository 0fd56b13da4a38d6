import type { Engine } from '../engine.ts'
import { PAGE_TASKS } from '../keys.ts'
import { range } from '../range.ts'
import { indexKeys } from '../scripts/batch-description.ts'
import { releaseCodeScript } from '../scripts/release-code.ts'
import { unindexBatchScript } from '../scripts/unindex-batch.ts'
import { indexBatch } from './index-batch.ts'

/** Pages whose keys one command deletes. */
const PAGES_PER_CALL = 100

/**
 * Erases the keys, the code and the index entries of a batch that is being deleted, is a discarded draft, or has only
 * index entries left. Its running tasks need no settling: a run that still holds one finds the batch missing. The index
 * entries are deleted last, so that the reconciler finds the batch after a crash. Safe to repeat.
 */
export async function eraseBatch(engine: Engine, batchId: string): Promise<void> {
  const { redis, keys } = engine
  // The batch stops using its queue, and the reconciler visits it from now on.
  await indexBatch(engine, batchId)
  const [tenant, code] = await redis.hmget(keys.batch(batchId).meta, 'tenant', 'code')
  if (tenant && code) await releaseCodeScript.run(redis, { codes: keys.codes }, { tenant, code, id: batchId })
  await eraseKeys(engine, batchId)
  await unindexBatchScript.run(redis, { ...indexKeys(keys), drafts: keys.drafts }, { id: batchId })
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
