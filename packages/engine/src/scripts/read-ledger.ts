import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { LimitKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** How a limit stands. Times are ms from now. */
export interface LedgerState {
  nextStartMs: number
  pausedMs: number
  isProbing: boolean
  factor: number
  pauses: number
  /** For each rule, in order. */
  uses: { used: number; reserved: number }[]
}

export const readLedgerScript = defineScript('read-ledger', { keys: ['config', 'ledger'], args: [] })

/** Says how much of a limit is used; undefined when there is no such limit. */
export async function readLedger(redis: RedisConnection, keys: LimitKeys): Promise<LedgerState | undefined> {
  const reply = await readLedgerScript.run(redis, keys, {})
  const [outcome, ...values] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'none') return undefined
  if (outcome !== 'ledger') throw new UnexpectedReplyError(readLedgerScript.name, reply)
  const [nextUs = 0, pauseUs = 0, probing, permille = 0, pauses = 0, ...uses] = values.map(Number)
  return {
    nextStartMs: Math.ceil(nextUs / 1000),
    pausedMs: Math.ceil(pauseUs / 1000),
    isProbing: probing === 1,
    factor: permille / 1000,
    pauses,
    uses: pairs(uses),
  }
}

function pairs(values: number[]): { used: number; reserved: number }[] {
  const found = []
  for (let i = 0; i < values.length; i += 2) found.push({ used: values[i] ?? 0, reserved: values[i + 1] ?? 0 })
  return found
}
