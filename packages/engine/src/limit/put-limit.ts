import type { Engine } from '../engine.ts'
import { putLimitScript } from '../scripts/put-limit.ts'
import { DEFAULT_BURST_FACTOR, type Limit, type LimitUpdate } from '../model/limit.ts'
import { readLimit } from './read-limit.ts'

/**
 * Creates a limit or replaces its settings; what the update leaves out gets its default. It holds from the next start
 * on, and what was granted before keeps counting.
 */
export async function putLimit(
  engine: Engine,
  name: string,
  { rules, burstFactor = DEFAULT_BURST_FACTOR, adaptive = false }: LimitUpdate,
): Promise<{ limit: Limit; isNew: boolean }> {
  const { redis, keys } = engine
  // Named first: one that is named and does not exist is not listed, but one that exists unnamed would never be.
  await redis.sadd(keys.limits, name)
  const { kind } = await putLimitScript.run(redis, keys.limit(name), { rules, burstFactor, adaptive })
  return { limit: await readLimit(engine, name), isNew: kind === 'created' }
}
