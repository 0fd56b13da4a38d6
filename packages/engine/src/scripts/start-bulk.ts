import { defineScript } from './define-script.ts'

/** A bulk operation to store. */
export interface BulkStart {
  /** What is to be done, and by whom, as JSON. */
  request: string
  /** How long it is kept after its last step, in ms. */
  keptMs: number
  /** The batches that it acts on. */
  ids: readonly string[]
}

/** Stores a bulk operation and the batches that it will act on. */
export const startBulkScript = defineScript('start-bulk', {
  keys: ['operation', 'batches'],
  args: ['request', 'kept_ms'],
  rest: 'ids',
  encode: ({ request, keptMs, ids }: BulkStart) => ({ args: { request, kept_ms: keptMs }, rest: ids }),
  replies: { started: () => ({}) },
})
