import { DESCRIPTION_ARGS, encodeDescription, INDEX_KEYS, type DescribedBatch } from './batch-description.ts'
import { defineScript } from './define-script.ts'

/** Brings the indexes in line with the description of a batch. */
export const indexBatchScript = defineScript('index-batch', {
  keys: [...INDEX_KEYS, 'queues'],
  args: DESCRIPTION_ARGS,
  encode: (batch: DescribedBatch) => ({ args: encodeDescription(batch) }),
  replies: {
    indexed: ([queueVersion, isChanged]) => ({
      /** The version of the queue's settings. -1: the queue does not exist. */
      queueVersion: Number(queueVersion),
      /** True if the indexes differed from the description. */
      isChanged: isChanged === 1,
    }),
    outdated: ([queueVersion]) => ({ queueVersion: Number(queueVersion) }),
    unlisted: () => ({}),
  },
})
