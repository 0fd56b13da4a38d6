import type { Engine } from '../engine.ts'
import { findQueueSettings } from '../settings/queue-settings.ts'
import { readLedger } from '../scripts/read-ledger.ts'

/** Why tasks of a queue do not start just now. Times are ms from now. */
export interface LimitWait {
  limit: string
  nextStartMs: number
  pausedMs: number
  isProbing: boolean
  /** Whoever deleted it died before it had looked for queues that name it; nothing starts until it is there again. */
  isMissing: boolean
}

/** Less than this is the even spacing of starts, not a wait. */
const MIN_WAIT_MS = 100

/** What the tasks of a queue wait for, when that is its limit; null when they do not. */
export async function findLimitWait(engine: Engine, queue: string): Promise<LimitWait | null> {
  const settings = await findQueueSettings(engine, queue)
  const limit = settings?.limit ?? null
  if (limit === null) return null
  const ledger = await readLedger(engine.redis, engine.keys.limit(limit))
  if (!ledger) return { limit, nextStartMs: 0, pausedMs: 0, isProbing: false, isMissing: true }
  if (ledger.nextStartMs < MIN_WAIT_MS) return null
  const { nextStartMs, pausedMs, isProbing } = ledger
  return { limit, nextStartMs, pausedMs, isProbing, isMissing: false }
}
