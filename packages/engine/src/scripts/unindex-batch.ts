import { INDEX_KEYS } from './batch-description.ts'
import { defineScript } from './define-script.ts'

/** Removes a batch whose keys are erased from every index. */
export const unindexBatchScript = defineScript('unindex-batch', {
  keys: [...INDEX_KEYS, 'drafts'],
  args: ['id'],
  encode: ({ id }: { id: string }) => ({ args: { id } }),
  replies: { unindexed: () => ({}) },
})
