import { decodeDescription } from './batch-description.ts'
import { defineScript } from './define-script.ts'

/** Reads what the indexes list of a batch. */
export const describeBatchScript = defineScript('describe-batch', {
  keys: ['meta'],
  args: ['release'],
  /** `release`: the hold that ends with this step. Empty: none. */
  encode: ({ release }: { release: string }) => ({ args: { release } }),
  replies: {
    described: (values) => ({ description: decodeDescription(values) }),
    missing: () => ({}),
  },
})
