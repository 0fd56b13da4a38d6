import type { Engine } from '../engine.ts'
import { LimitNotFoundError } from '../errors.ts'
import { readLedgerScript } from '../scripts/read-ledger.ts'
import { findLimitSettings } from '../settings/limit-settings.ts'
import type { Limit } from '../model/limit.ts'

/** Reads a limit's settings and current use. Throws `LimitNotFoundError`. */
export async function readLimit(engine: Engine, name: string): Promise<Limit> {
  const limit = await findLimit(engine, name)
  if (!limit) throw new LimitNotFoundError(name)
  return limit
}

/** Reads all limits, in alphabetical order. */
export async function listLimits(engine: Engine): Promise<Limit[]> {
  const names = await engine.redis.smembers(engine.keys.limits)
  const limits = await Promise.all(names.toSorted().map((name) => findLimit(engine, name)))
  return limits.filter((limit) => limit !== undefined)
}

async function findLimit(engine: Engine, name: string): Promise<Limit | undefined> {
  const [settings, ledger] = await Promise.all([
    findLimitSettings(engine, name),
    readLedgerScript.run(engine.redis, engine.keys.limit(name), {}),
  ])
  if (!settings || ledger.kind === 'missing') return undefined
  const { kind: _kind, uses, ...state } = ledger
  const rules = settings.rules.map((rule, i) => ({
    ...rule,
    used: uses[i]?.used ?? 0,
    reserved: uses[i]?.reserved ?? 0,
  }))
  return { name, ...settings, ...state, rules }
}
