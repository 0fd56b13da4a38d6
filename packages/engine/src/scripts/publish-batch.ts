import { DESCRIPTION_ARGS, encodeDescription, INDEX_KEYS, type DescribedBatch } from './batch-description.ts'
import type { TenantQuotaName } from '../model/tenant.ts'
import { defineScript } from './define-script.ts'

/** Makes a draft visible, if it was not discarded, its queue exists and its code is free. */
export const publishBatchScript = defineScript('publish-batch', {
  keys: [...INDEX_KEYS, 'queues', 'drafts', 'codes', 'quotas'],
  args: [...DESCRIPTION_ARGS, 'code'],
  encode: ({ code, ...batch }: DescribedBatch & { code: string }) => ({ args: { ...encodeDescription(batch), code } }),
  replies: {
    /** `queueVersion`: the version of the queue's settings. */
    published: ([queueVersion]) => ({ queueVersion: Number(queueVersion) }),
    lost: () => ({}),
    no_queue: () => ({}),
    /** `owner`: the batch that has the code. */
    code_taken: ([owner]) => ({ owner: String(owner) }),
    /** The quota of the tenant that the batch would exceed. */
    quota_reached: ([name, used, max]) => ({
      name: name as TenantQuotaName,
      used: Number(used),
      max: Number(max),
    }),
  },
})
