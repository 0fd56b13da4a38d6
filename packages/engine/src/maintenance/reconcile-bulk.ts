import { scheduleBulk } from '../bulk/start-bulk.ts'
import type { Engine } from '../engine.ts'
import { BULK_KEPT_MS } from '../model/bulk.ts'

/**
 * Schedules every bulk operation that is running: its job is lost if the process died that was about to add it. An operation
 * that has a job gets none that waits longer than that one.
 */
export async function reconcileBulk(engine: Engine, now: number): Promise<void> {
  const { redis, keys } = engine
  for (const id of await redis.zrangebyscore(keys.bulks, now - BULK_KEPT_MS, '+inf')) {
    if ((await redis.hget(keys.bulk(id).operation, 'state')) === 'running') await scheduleBulk(engine, id)
  }
}
