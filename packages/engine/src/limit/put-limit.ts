import type { Engine } from '../engine.ts'
import { putLimitScript } from '../scripts/put-limit.ts'
import { DEFAULT_BURST_FACTOR, type Limit, type LimitUpdate } from '../model/limit.ts'
import { readLimit } from './read-limit.ts'

/**
 * Creates a limit or replaces its settings. Omitted settings get their default. New rules apply from the next start;
 * earlier grants keep counting.
 */
export async function putLimit(
  engine: Engine,
  name: string,
  { rules, burstFactor = DEFAULT_BURST_FACTOR, adaptive = false }: LimitUpdate,
): Promise<{ limit: Limit; isNew: boolean }> {
  const { redis, keys } = engine
  // The name is added first: a name without settings is not listed, but settings without a name would never be listed.
  await redis.sadd(keys.limits, name)
  const { kind } = await putLimitScript.run(redis, keys.limit(name), {
    rules,
    burstFactor,
    adaptive,
    name,
    signals: keys.signals,
  })
  return { limit: await readLimit(engine, name), isNew: kind === 'created' }
}
