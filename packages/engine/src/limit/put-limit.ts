import type { Engine } from '../engine.ts'
import { LimitNotFoundError, SettingsChangedError, TooManyLimitsError } from '../errors.ts'
import {
  changeLimitSettings,
  completeLimitSettings,
  type Limit,
  type LimitChange,
  type LimitSettings,
  type LimitUpdate,
} from '../model/limit.ts'
import { putLimitScript } from '../scripts/put-limit.ts'
import { registerLimitScript } from '../scripts/register-limit.ts'
import { changeRegistered } from '../settings/change-registered.ts'
import { findLimit } from '../settings/limit-settings.ts'
import type { ChangeCondition, Registered } from '../settings/registered.ts'
import { showLimit } from './read-limit.ts'

/**
 * Creates a limit or replaces its settings. Omitted settings get their default. New rules apply from the next start;
 * earlier grants keep counting. Throws `TooManyLimitsError` and `SettingsChangedError`.
 *
 * One step decides that the limit exists. The ledger of the limit lies in another hash slot and gets the settings
 * afterwards; if this process dies before, the reconciler hands them over.
 */
export async function putLimit(
  engine: Engine,
  name: string,
  update: LimitUpdate,
  condition: ChangeCondition = {},
): Promise<{ limit: Limit; isNew: boolean }> {
  const { isNew, ...registered } = await register(engine, name, completeLimitSettings(update), condition)
  await handToLedger(engine, name, registered)
  return { limit: await showLimit(engine, name, registered), isNew }
}

/**
 * Changes some settings of a limit, and keeps the others. Settings apply as with `putLimit`. If somebody else changes the
 * limit meanwhile, the change is merged into those settings instead. Throws `LimitNotFoundError` and
 * `SettingsChangedError`.
 */
export async function changeLimit(
  engine: Engine,
  name: string,
  change: LimitChange,
  condition: ChangeCondition = {},
): Promise<Limit> {
  const { stored } = await changeRegistered(
    {
      read: () => readRegistered(engine, name),
      change: (found) => changeLimitSettings(found, change),
      store: (changed, required) => register(engine, name, changed, required),
    },
    condition,
  )
  await handToLedger(engine, name, stored)
  return await showLimit(engine, name, stored)
}

async function readRegistered(engine: Engine, name: string): Promise<Registered<LimitSettings>> {
  const limit = await findLimit(engine, name)
  if (!limit) throw new LimitNotFoundError(name)
  return limit
}

async function register(
  { redis, keys, quotas: { maxLimits } }: Engine,
  name: string,
  settings: LimitSettings,
  { ifVersion }: ChangeCondition,
): Promise<Registered<LimitSettings> & { isNew: boolean }> {
  const { limits, version, deletedLimits: deleted } = keys
  const request = { name, settings, maxLimits, ifVersion }
  const reply = await registerLimitScript.run(redis, { limits, version, deleted }, request)
  if (reply.kind === 'full') throw new TooManyLimitsError(name, maxLimits)
  if (reply.kind === 'changed') throw new SettingsChangedError(`Limit "${name}"`, ifVersion ?? 0, reply.version)
  return { version: reply.version, settings, isNew: reply.kind === 'created' }
}

/** Gives settings to the ledger of a limit, unless it has later ones. Safe to repeat. */
export async function handToLedger(
  { redis, keys }: Engine,
  name: string,
  { version, settings }: Registered<LimitSettings>,
): Promise<void> {
  await putLimitScript.run(redis, keys.limit(name), { ...settings, name, version, signals: keys.signals })
}
