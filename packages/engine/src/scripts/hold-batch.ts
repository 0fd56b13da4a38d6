import type { BatchState } from '../model/batch.ts'
import { decodeDescription } from './batch-description.ts'
import { defineScript } from './define-script.ts'

/** What a finished batch is held for: its failed tasks are retried, or it is deleted. */
export type HoldPurpose = 'reopening' | 'removing'

/** Announces in a finished batch that it is about to be retried or deleted. */
export const holdBatchScript = defineScript('hold-batch', {
  keys: ['meta'],
  args: ['purpose'],
  encode: ({ purpose }: { purpose: HoldPurpose }) => ({ args: { purpose } }),
  replies: {
    /** `hold` must be passed to the step that is announced. */
    held: ([hold, ...values]) => ({ hold: String(hold), description: decodeDescription(values) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
