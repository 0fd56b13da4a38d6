import type { Engine } from '../engine.ts'
import { LimitNotFoundError } from '../errors.ts'
import type { Limit, LimitSettings } from '../model/limit.ts'
import { EVERYTHING, type Reach } from '../model/reach.ts'
import { readLedgerScript } from '../scripts/read-ledger.ts'
import { findLimit, listLimitNames } from '../settings/limit-settings.ts'
import { findQueuesWithin } from '../settings/queue-settings.ts'
import type { Registered } from '../settings/registered.ts'
import { pageOfNames, type NamePageRequest } from '../settings/page-of-names.ts'

/** One page of the list of limits. */
export interface LimitPage {
  limits: Limit[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

/** Reads a limit's settings and current use. Throws `LimitNotFoundError`. */
export async function readLimit(engine: Engine, name: string): Promise<Limit> {
  const limit = await findLimit(engine, name)
  if (!limit) throw new LimitNotFoundError(name)
  return await showLimit(engine, name, limit)
}

/** Lists the limits that a client reaches, in alphabetical order. Throws `CursorInvalidError`. */
export async function listLimits(
  engine: Engine,
  { reach = EVERYTHING, ...request }: NamePageRequest & { reach?: Reach | undefined },
): Promise<LimitPage> {
  const within = await limitsWithin(engine, reach)
  const all = (await listLimitNames(engine)).filter((name) => within?.has(name) ?? true)
  const { names, nextCursor } = pageOfNames(all, request)
  const found = await Promise.all(names.map((name) => readLimitIfAny(engine, name)))
  return { limits: found.filter((limit) => limit !== undefined), nextCursor }
}

/** Whether a client reaches a limit. A client of a tenant reaches those that a queue is under which it may use. */
export async function reachesLimit(engine: Engine, reach: Reach, name: string): Promise<boolean> {
  return (await limitsWithin(engine, reach))?.has(name) ?? true
}

/** The limits that a client of a tenant reaches. Undefined: all, and also such that do not exist. */
async function limitsWithin(engine: Engine, reach: Reach): Promise<ReadonlySet<string> | undefined> {
  if (reach.tenant === null) return undefined
  return new Set((await findQueuesWithin(engine, reach)).flatMap(({ settings: { limit } }) => limit ?? []))
}

/** A limit that was deleted since its name was read is not listed. */
async function readLimitIfAny(engine: Engine, name: string): Promise<Limit | undefined> {
  const limit = await findLimit(engine, name)
  return limit && (await showLimit(engine, name, limit))
}

const UNUSED = { uses: [], factor: 1, nextStartMs: 0, pausedMs: 0, isProbing: false, pauses: 0 }

/** Reads the current use of a limit with these settings. A ledger without settings has granted nothing. */
export async function showLimit(
  engine: Engine,
  name: string,
  { version, settings }: Registered<LimitSettings>,
): Promise<Limit> {
  const ledger = await readLedgerScript.run(engine.redis, engine.keys.limit(name), {})
  const { uses, factor, nextStartMs, pausedMs, isProbing, pauses } = ledger.kind === 'missing' ? UNUSED : ledger
  const rules = settings.rules.map((rule, i) => ({
    ...rule,
    used: uses[i]?.used ?? 0,
    reserved: uses[i]?.reserved ?? 0,
  }))
  return { name, version, ...settings, factor, nextStartMs, pausedMs, isProbing, pauses, rules }
}
