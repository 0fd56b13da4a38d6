import type { Engine } from '../../src/engine.ts'
import { reconcile, type ReconcileOptions } from '../../src/maintenance/reconcile.ts'
import type { ReconcileCounts } from '../../src/maintenance/repairs.ts'
import { BATCH_STATES } from '../../src/model/batch.ts'

/** Runs a pass of the reconciler as if it came `byMs` later: all stored times are moved back first. */
export async function reconcileLater(
  engine: Engine,
  byMs: number,
  options: ReconcileOptions = {},
): Promise<ReconcileCounts> {
  await ageEverything(engine, byMs)
  return await reconcile(engine, options)
}

/** Moves all stored times back by `byMs`. */
export async function ageEverything(engine: Engine, byMs: number): Promise<void> {
  const { keys } = engine
  await ageScores(engine, keys.drafts, byMs)
  await ageScores(engine, keys.finished, byMs)
  await ageScores(engine, keys.deletedQueues, byMs)
  await ageScores(engine, keys.deletedLimits, byMs)
  for (const state of BATCH_STATES) {
    const ids = await engine.redis.zrange(keys.batchesInState(state), '0', '-1')
    await Promise.all(ids.map((id) => ageBatch(engine, id, byMs)))
  }
}

async function ageScores({ redis }: Engine, index: string, byMs: number): Promise<void> {
  const entries = await redis.zrange(index, '0', '-1', 'WITHSCORES')
  for (let i = 0; i < entries.length; i += 2) {
    await redis.zadd(index, 'XX', Math.max(0, Number(entries[i + 1]) - byMs), entries[i] ?? '')
  }
}

/** Checks that a field exists before writing it, so that a deleted batch does not return as a hash with one field. */
const AGE = `
  for _, field in ipairs({ 'created_at', 'finished_at' }) do
    local time = tonumber(redis.call('HGET', KEYS[1], field))
    if time and time > 0 then redis.call('HSET', KEYS[1], field, time - ARGV[1]) end
  end
  for _, field in ipairs({ 'reopening', 'removing' }) do
    local edition, time = string.match(redis.call('HGET', KEYS[1], field) or '', '^(%d+)@(%d+)$')
    if time then redis.call('HSET', KEYS[1], field, string.format('%s@%.0f', edition, time - ARGV[1])) end
  end
  return { 'aged' }`

async function ageBatch({ redis, keys }: Engine, id: string, byMs: number): Promise<void> {
  await redis.eval(AGE, 1, keys.batch(id).meta, byMs)
}
