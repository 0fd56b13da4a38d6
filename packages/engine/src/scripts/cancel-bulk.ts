import { defineScript } from './define-script.ts'

/** Ends a bulk operation before it has reached all of its batches. */
export const cancelBulkScript = defineScript('cancel-bulk', {
  keys: ['operation'],
  args: [],
  encode: () => ({ args: {} }),
  replies: { cancelled: () => ({}), missing: () => ({}), completed: () => ({}) },
})
