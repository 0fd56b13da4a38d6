import type { BatchState } from '../model/batch.ts'
import { defineScript } from './define-script.ts'

/** Seals a batch, and completes it if all its tasks are finished. */
export const sealBatchScript = defineScript('seal-batch', {
  keys: ['meta', 'criteria', 'interruptions'],
  args: ['signals'],
  encode: ({ signals }: { signals: string }) => ({ args: { signals } }),
  replies: {
    sealed: ([state]) => ({ state: state as BatchState }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
