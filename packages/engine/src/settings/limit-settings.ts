import type { Engine } from '../engine.ts'
import type { LimitSettings } from '../model/limit.ts'
import { parseRegistered, type Registered } from './registered.ts'

/** Returns the settings of a limit and their version, or undefined if it does not exist. */
export async function findLimit({ redis, keys }: Engine, name: string): Promise<Registered<LimitSettings> | undefined> {
  const text = await redis.hget(keys.limits, name)
  return text === null ? undefined : parseRegistered(text)
}

/** Returns the names of all limits, in alphabetical order. */
export async function listLimitNames({ redis, keys }: Engine): Promise<string[]> {
  return (await redis.hkeys(keys.limits)).toSorted()
}
