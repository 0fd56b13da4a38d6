import type { BatchState } from '../model/batch.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** Seals a batch, and completes it if all its tasks are finished. */
export const sealBatchScript = defineScript('seal-batch', {
  keys: ['meta', 'criteria', 'interruptions'],
  args: ['signals'],
  encode: ({ signals }: { signals: string }) => ({ args: { signals } }),
  replies: {
    sealed: ([state, transition]) => ({ state: state as BatchState, transition: decodeTransition(transition) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
