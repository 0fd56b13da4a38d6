import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { LimitKeys } from '../keys.ts'
import { encodeCosts, type Costs } from './acquire-permits.ts'
import { defineScript } from './define-script.ts'

/** Permits whose slots are over. */
export interface PermitExtension {
  /** After this time of Redis's clock, in µs, nothing is done: the command may be one that was sent again. */
  deadlineUs: number
  /** How long after now, and the guard, a start may be, in µs. */
  slackUs: number
  permits: readonly { bookedUs: number; costs: Costs }[]
}

export const extendPermitsScript = defineScript('extend-permits', {
  keys: ['config', 'ledger'],
  args: ['deadline_us', 'slack_us'],
  rest: 'permits',
})

/** For each permit the time it is booked for now, in µs of Redis's clock; undefined where it must not be used any more. */
export async function extendPermitsOf(
  redis: RedisConnection,
  keys: LimitKeys,
  { deadlineUs, slackUs, permits }: PermitExtension,
): Promise<(number | undefined)[]> {
  const rest = permits.flatMap(({ bookedUs, costs }) => [bookedUs, encodeCosts(costs)])
  const reply = await extendPermitsScript.run(
    redis,
    keys,
    { deadline_us: Math.floor(deadlineUs), slack_us: Math.ceil(slackUs) },
    rest,
  )
  const [outcome, , ...booked] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'none') return permits.map(() => undefined)
  if (outcome !== 'extended') throw new UnexpectedReplyError(extendPermitsScript.name, reply)
  return booked.map((time) => Number(time) || undefined)
}
