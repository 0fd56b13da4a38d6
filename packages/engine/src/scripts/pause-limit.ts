import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { LimitKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** What the upstream said. */
export interface LimitPause {
  /** `refused`: it refused a call. `exhausted`: it took one, and said that nothing remains. */
  cause: 'refused' | 'exhausted'
  /** How long it asked to be left alone, in ms. 0: it did not say. */
  toldMs: number
  /** Of the permit of the call. */
  epoch: number
}

export const pauseLimitScript = defineScript('pause-limit', {
  keys: ['config', 'ledger'],
  args: ['cause', 'told_us', 'epoch', 'signals', 'name'],
})

/** Pauses a limit, and says for how long from now, in ms. */
export async function pauseLimitOf(
  redis: RedisConnection,
  keys: LimitKeys,
  { cause, toldMs, epoch, signals, name }: LimitPause & { signals: string; name: string },
): Promise<number> {
  const args = { cause, told_us: Math.ceil(toldMs * 1000), epoch, signals, name }
  const reply = await pauseLimitScript.run(redis, keys, args)
  const [outcome, pauseUs] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'none') return 0
  if (outcome !== 'paused') throw new UnexpectedReplyError(pauseLimitScript.name, reply)
  return Math.ceil(Number(pauseUs) / 1000)
}
