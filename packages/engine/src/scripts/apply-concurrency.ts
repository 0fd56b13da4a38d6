import { defineScript } from './define-script.ts'

/** The concurrency of a queue, with the version of the settings that it comes from. */
export interface QueueConcurrency {
  version: number
  concurrency: number
}

/** Gives a batch the concurrency of its queue, unless it has a later one. */
export const applyConcurrencyScript = defineScript('apply-concurrency', {
  keys: ['meta'],
  args: ['version', 'queue_concurrency'],
  encode: ({ version, concurrency }: QueueConcurrency) => ({ args: { version, queue_concurrency: concurrency } }),
  replies: {
    /** `isChanged`: true if the number of the batch's tickets has changed. */
    applied: ([isChanged]) => ({ isChanged: isChanged === 1 }),
    missing: () => ({}),
  },
})
