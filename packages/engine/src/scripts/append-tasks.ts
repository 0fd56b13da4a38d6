import type { BatchState } from '../model/batch.ts'
import { defineScript, type ReplyOf } from './define-script.ts'

/** One chunk to append. */
export interface AppendRequest {
  /** The seq of the first envelope. Undefined: the envelopes follow the last task. */
  offset: number | undefined
  /** Maximum number of tasks that the batch may hold. */
  maxTasks: number
  envelopes: readonly string[]
}

/** Appends one chunk of tasks to a batch, completely or not at all. */
export const appendTasksScript = defineScript('append-tasks', {
  keys: ['meta', 'states', 'attempts', 'appended'],
  args: ['offset', 'max_tasks'],
  rest: 'envelopes',
  encode: ({ offset, maxTasks, envelopes }: AppendRequest) => ({
    args: { offset: offset ?? '', max_tasks: maxTasks },
    rest: envelopes,
  }),
  replies: {
    appended: ([total, skipped]) => ({ total: Number(total), skipped: Number(skipped) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
    sealed: ([total]) => ({ total: Number(total) }),
    gap: ([total]) => ({ total: Number(total) }),
    too_large: ([total]) => ({ total: Number(total) }),
  },
})

/** The reply of `append-tasks`. */
export type AppendReply = ReplyOf<typeof appendTasksScript>
