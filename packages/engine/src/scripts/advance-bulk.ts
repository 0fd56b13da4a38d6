import { defineScript } from './define-script.ts'

/** What a bulk operation did with a batch. */
export interface BulkStep {
  /** Of the batch among those of the operation, from 0. */
  position: number
  /** Tasks that the action touched. */
  tasks: number
  /** Why the batch was skipped, as JSON. Empty: it was not. */
  skip: string
  /** How long the operation is kept from now on, in ms. */
  keptMs: number
}

/** Records what a bulk operation did with a batch, and goes on to the next one. */
export const advanceBulkScript = defineScript('advance-bulk', {
  keys: ['operation', 'batches', 'skips'],
  args: ['position', 'tasks', 'skip', 'kept_ms'],
  encode: ({ position, tasks, skip, keptMs }: BulkStep) => ({ args: { position, tasks, skip, kept_ms: keptMs } }),
  replies: { advanced: () => ({}), missing: () => ({}), passed: () => ({}) },
})
