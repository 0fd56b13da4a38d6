import type { Engine } from '../engine.ts'
import type { LimitWait } from '../model/limit.ts'
import { readLedgerScript } from '../scripts/read-ledger.ts'

/** A shorter delay comes from the even spacing of starts and is not reported. */
const MIN_WAIT_MS = 100

/** Returns why tasks wait for a limit, or null if they do not. */
export async function findLimitWait(engine: Engine, limit: string): Promise<LimitWait | null> {
  const ledger = await readLedgerScript.run(engine.redis, engine.keys.limit(limit), {})
  if (ledger.kind === 'missing') return { limit, nextStartMs: 0, pausedMs: 0, isProbing: false, isMissing: true }
  if (ledger.nextStartMs < MIN_WAIT_MS) return null
  const { nextStartMs, pausedMs, isProbing } = ledger
  return { limit, nextStartMs, pausedMs, isProbing, isMissing: false }
}
