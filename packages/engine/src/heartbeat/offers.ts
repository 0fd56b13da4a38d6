import type { Engine } from '../engine.ts'
import { canRun, type CountedOffer } from '../model/offer.ts'
import { readOffersScript } from '../scripts/read-offers.ts'

/** Reads the offers of all workers, and how many workers make each. Without workers, the list is empty. */
export async function readOffers({ redis, keys }: Pick<Engine, 'redis' | 'keys'>): Promise<CountedOffer[]> {
  return (await readOffersScript.run(redis, { ...keys.workers }, {})).offers
}

/** Reads the offers of workers. */
export type ReadOffers = () => Promise<CountedOffer[]>

/** Returns a function that reads the offers once, for objects that are shown together. */
export function onceReadOffers(engine: Engine): ReadOffers {
  let offers: Promise<CountedOffer[]> | undefined
  return () => (offers ??= readOffers(engine))
}

/**
 * Returns whether a worker may take tickets of a batch of a queue that has tasks of these types. Workers that have only
 * missed a beat count. Without any worker the answer is true: the first one to start finds the tickets.
 */
export async function isOffered(engine: Engine, queue: string, types: readonly string[]): Promise<boolean> {
  const offers = await readOffers(engine)
  return offers.length === 0 || offers.some((offer) => canRun(offer, queue, types))
}
