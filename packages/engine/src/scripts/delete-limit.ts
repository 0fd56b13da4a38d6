import { defineScript } from './define-script.ts'

/** Deletes a limit that no queue is under. */
export const deleteLimitScript = defineScript('delete-limit', {
  keys: ['limits', 'limited', 'version', 'deleted'],
  args: ['name'],
  encode: ({ name }: { name: string }) => ({ args: { name } }),
  replies: {
    /** `version`: the ledger has no settings of a later version, unless the limit was created again. */
    deleted: ([version]) => ({ version: Number(version) }),
    missing: () => ({}),
    /** `queue`: a queue that is under the limit. */
    in_use: ([queue]) => ({ queue: String(queue) }),
  },
})
