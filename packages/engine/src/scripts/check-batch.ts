import type { BatchState } from '../model/batch.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** Judges a batch by its current criteria at the current time. */
export const checkBatchScript = defineScript('check-batch', {
  keys: ['meta', 'criteria', 'interruptions'],
  args: ['signals'],
  encode: ({ signals }: { signals: string }) => ({ args: { signals } }),
  replies: {
    checked: ([state, deadlineMs, transition]) => ({
      state: state as BatchState,
      /** Time until `maxBatchRuntimeMs` is reached, in ms. Undefined if the criterion does not apply now. */
      deadlineMs: Number(deadlineMs) < 0 ? undefined : Number(deadlineMs),
      transition: decodeTransition(transition),
    }),
    missing: () => ({}),
  },
})
