import { defineScript } from './define-script.ts'

/** A beat of a worker. */
export interface Beat {
  worker: string
  /** How long a worker lives after a beat, in ms. */
  ttlMs: number
  /** The longest time between two beats of any workers while Redis can be reached, in ms. */
  gapMs: number
}

/** Says that a worker is alive, and returns the workers that have died. */
export const beatScript = defineScript('beat', {
  keys: ['alive', 'watch'],
  args: ['worker', 'ttl_ms', 'gap_ms'],
  // Otherwise workers would seem dead while Redis is full.
  mayWriteWhenFull: true,
  encode: ({ worker, ttlMs, gapMs }: Beat) => ({ args: { worker, ttl_ms: ttlMs, gap_ms: gapMs } }),
  replies: { beaten: (dead) => ({ dead: dead.map(String) }) },
})
