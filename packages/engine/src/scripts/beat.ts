import { encodeOffer, type Offer } from '../model/offer.ts'
import type { WorkerLoad, WorkerProfile } from '../model/worker-status.ts'
import { defineScript } from './define-script.ts'

/** A beat of a worker. */
export interface Beat {
  worker: string
  offer: Offer
  profile: WorkerProfile
  load: WorkerLoad
  /** How long a worker lives after a beat, in ms. */
  ttlMs: number
  /** The longest time between two beats of any workers while Redis can be reached, in ms. */
  gapMs: number
  /** How long after the first beat all other workers have beaten, once Redis can be reached again, in ms. */
  graceMs: number
}

/** Says that a worker is alive, and returns the workers that have died. */
export const beatScript = defineScript('beat', {
  keys: ['alive', 'watch', 'offers', 'profiles', 'loads'],
  args: ['worker', 'offer', 'profile', 'load', 'ttl_ms', 'gap_ms', 'grace_ms'],
  // Otherwise workers would seem dead while Redis is full.
  mayWriteWhenFull: true,
  encode: ({ worker, offer, profile, load, ttlMs, gapMs, graceMs }: Beat) => ({
    args: {
      worker,
      offer: encodeOffer(offer),
      profile: JSON.stringify(profile),
      load: JSON.stringify(load),
      ttl_ms: ttlMs,
      gap_ms: gapMs,
      grace_ms: graceMs,
    },
  }),
  replies: { beaten: (dead) => ({ dead: dead.map(String) }) },
})
