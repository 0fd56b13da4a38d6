import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { LimitKeys } from '../keys.ts'
import { encodeRules, type LimitSettings } from '../model/limit.ts'
import { defineScript } from './define-script.ts'

export const putLimitScript = defineScript('put-limit', {
  keys: ['config', 'ledger'],
  args: ['settings', 'rules', 'pace', 'adaptive'],
})

/** Creates a limit or replaces its settings. Says whether it is new. */
export async function storeLimit(
  redis: RedisConnection,
  keys: LimitKeys,
  settings: LimitSettings,
): Promise<{ isNew: boolean }> {
  const reply = await putLimitScript.run(redis, keys, {
    settings: JSON.stringify(settings),
    rules: encodeRules(settings.rules),
    pace: settings.pace,
    adaptive: settings.adaptive ? '1' : '0',
  })
  const [outcome] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome !== 'created' && outcome !== 'replaced') throw new UnexpectedReplyError(putLimitScript.name, reply)
  return { isNew: outcome === 'created' }
}
