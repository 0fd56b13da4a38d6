import type { Engine } from '../engine.ts'
import type { ReadOffers } from '../heartbeat/offers.ts'
import { findLimitWait } from '../limit/find-limit-wait.ts'
import type { LimitWait } from '../model/limit.ts'
import type { CountedOffer } from '../model/offer.ts'
import { findQueueSettings } from '../settings/queue-settings.ts'

/** What lies outside of a batch's own keys, and keeps its tasks from starting. */
export interface Waits {
  isQueuePaused: boolean
  limitWait: LimitWait | null
  offers: readonly CountedOffer[]
}

/** The waits of a batch without tasks that wait. */
export const NO_WAITS: Waits = { isQueuePaused: false, limitWait: null, offers: [] }

/** Finds what keeps tasks of a queue from starting. */
export async function findWaits(engine: Engine, queue: string, read: ReadOffers): Promise<Waits> {
  const [ofQueue, offers] = await Promise.all([findWaitsOfQueue(engine, queue), read()])
  return { ...ofQueue, offers }
}

async function findWaitsOfQueue(engine: Engine, queue: string): Promise<Omit<Waits, 'offers'>> {
  const { limit = null, paused = false } = (await findQueueSettings(engine, queue)) ?? {}
  return { isQueuePaused: paused, limitWait: limit === null ? null : await findLimitWait(engine, limit) }
}
