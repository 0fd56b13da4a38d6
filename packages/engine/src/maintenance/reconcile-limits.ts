import type { Engine } from '../engine.ts'
import { handToLedger } from '../limit/put-limit.ts'
import { dropLimitScript } from '../scripts/drop-limit.ts'
import { findLimit, listLimitNames } from '../settings/limit-settings.ts'
import { DELETED_MS } from './reconcile-queues.ts'
import { addRepairs, type Repairs } from './repairs.ts'

/** Brings the ledgers in line with the settings of all limits, and drops those of deleted limits. */
export async function reconcileLimits(engine: Engine, now: number): Promise<Repairs> {
  const repairs: Repairs[] = []
  for (const name of await listLimitNames(engine)) repairs.push(await reconcileLimit(engine, name))
  for (const name of await engine.redis.zrange(engine.keys.deletedLimits, '0', '-1')) await dropDeleted(engine, name)
  await engine.redis.zremrangebyscore(engine.keys.deletedLimits, '-inf', now - DELETED_MS)
  return addRepairs(...repairs)
}

async function reconcileLimit(engine: Engine, name: string): Promise<Repairs> {
  const { redis, keys } = engine
  const [limit, version] = await Promise.all([
    findLimit(engine, name),
    redis.hget(keys.limit(name).settings, 'version'),
  ])
  if (!limit || Number(version) >= limit.version) return {}
  await handToLedger(engine, name, limit)
  return { limitsRepaired: 1 }
}

/** The counter is read first: every version up to it is of a limit that was deleted, if none exists afterwards. */
async function dropDeleted(engine: Engine, name: string): Promise<void> {
  const { redis, keys } = engine
  const version = Number(await redis.get(keys.version))
  if (!(await findLimit(engine, name))) await dropLimitScript.run(redis, keys.limit(name), { version })
}
