import { defineScript } from './define-script.ts'

/** Deletes the settings of a queue that no batch uses. */
export const deleteQueueScript = defineScript('delete-queue', {
  keys: ['queues', 'limited', 'uses', 'deleted'],
  args: ['name'],
  encode: ({ name }: { name: string }) => ({ args: { name } }),
  replies: {
    deleted: () => ({}),
    missing: () => ({}),
    /** `batchId`: a batch that uses the queue. */
    in_use: ([batchId]) => ({ batchId: String(batchId) }),
  },
})
