import type { RedisConnection } from '../connect-redis.ts'
import type { LimitKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** By how much a permit cost more (or, negative, less) than was booked for it. */
export interface PermitCorrection {
  /** The time the permit is booked for: its slot, unless it was extended. */
  bookedUs: number
  unit: string
  change: number
}

export interface PermitSettlement {
  /** After this time of Redis's clock, in µs, nothing is done: the command may be one that was sent again. */
  deadlineUs: number
  corrections: readonly PermitCorrection[]
}

export const settlePermitsScript = defineScript('settle-permits', {
  keys: ['config', 'ledger'],
  args: ['deadline_us'],
  rest: 'corrections',
})

/** Corrects what was booked. */
export async function settlePermitsOf(
  redis: RedisConnection,
  keys: LimitKeys,
  { deadlineUs, corrections }: PermitSettlement,
): Promise<void> {
  const rest = corrections.flatMap(({ bookedUs, unit, change }) => [bookedUs, unit, change])
  await settlePermitsScript.run(redis, keys, { deadline_us: Math.floor(deadlineUs) }, rest)
}
