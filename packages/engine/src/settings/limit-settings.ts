import type { Engine } from '../engine.ts'
import { LimitUnknownError } from '../errors.ts'
import type { LimitSettings } from '../model/limit.ts'

/** Returns the settings of a limit, or undefined if it does not exist. */
export async function findLimitSettings({ redis, keys }: Engine, name: string): Promise<LimitSettings | undefined> {
  const text = await redis.hget(keys.limit(name).settings, 'settings')
  return text === null ? undefined : (JSON.parse(text) as LimitSettings)
}

/** Throws `LimitUnknownError` if `name` is not null and names no existing limit. */
export async function checkLimitExists(engine: Engine, name: string | null): Promise<void> {
  if (name !== null && !(await findLimitSettings(engine, name))) throw new LimitUnknownError(name)
}
