import type { Engine } from '../engine.ts'
import { TooManyLimitsError } from '../errors.ts'
import { DEFAULT_BURST_FACTOR, type Limit, type LimitSettings, type LimitUpdate } from '../model/limit.ts'
import { putLimitScript } from '../scripts/put-limit.ts'
import { registerLimitScript } from '../scripts/register-limit.ts'
import type { Registered } from '../settings/registered.ts'
import { showLimit } from './read-limit.ts'

/**
 * Creates a limit or replaces its settings. Omitted settings get their default. New rules apply from the next start;
 * earlier grants keep counting. Throws `TooManyLimitsError`.
 *
 * One step decides that the limit exists. The ledger of the limit lies in another hash slot and gets the settings
 * afterwards; if this process dies before, the reconciler hands them over.
 */
export async function putLimit(
  engine: Engine,
  name: string,
  { rules, burstFactor = DEFAULT_BURST_FACTOR, adaptive = false }: LimitUpdate,
): Promise<{ limit: Limit; isNew: boolean }> {
  const { redis, keys, quotas } = engine
  const settings = { rules, burstFactor, adaptive }
  const { limits, version, deletedLimits: deleted } = keys
  const request = { name, settings, maxLimits: quotas.maxLimits }
  const reply = await registerLimitScript.run(redis, { limits, version, deleted }, request)
  if (reply.kind === 'full') throw new TooManyLimitsError(name, quotas.maxLimits)
  await handToLedger(engine, name, { version: reply.version, settings })
  return { limit: await showLimit(engine, name, settings), isNew: reply.kind === 'created' }
}

/** Gives settings to the ledger of a limit, unless it has later ones. Safe to repeat. */
export async function handToLedger(
  { redis, keys }: Engine,
  name: string,
  { version, settings }: Registered<LimitSettings>,
): Promise<void> {
  await putLimitScript.run(redis, keys.limit(name), { ...settings, name, version, signals: keys.signals })
}
