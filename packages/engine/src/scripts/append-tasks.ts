import type { BatchState } from '../model/batch.ts'
import { checkTypes } from '../model/offer.ts'
import { defineScript, type ReplyOf } from './define-script.ts'

/** One chunk to append. */
export interface AppendRequest {
  /** The seq of the first envelope. Undefined: the envelopes follow the last task. */
  offset: number | undefined
  /** Maximum number of tasks that the batch may hold. */
  maxTasks: number
  /** The types that envelopes name, each with the number of the last one, from 0. '' is for those that name none. */
  types: ReadonlyMap<string, number>
  envelopes: readonly string[]
}

/** Appends one chunk of tasks to a batch, completely or not at all. */
export const appendTasksScript = defineScript('append-tasks', {
  keys: ['meta', 'states', 'attempts', 'appended'],
  args: ['offset', 'max_tasks', 'types'],
  rest: 'envelopes',
  encode: ({ offset, maxTasks, types, envelopes }: AppendRequest) => ({
    args: { offset: offset ?? '', max_tasks: maxTasks, types: encodeNamedTypes(types) },
    rest: envelopes,
  }),
  replies: {
    appended: ([total, skipped]) => ({ total: Number(total), skipped: Number(skipped) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
    sealed: ([total]) => ({ total: Number(total) }),
    gap: ([total]) => ({ total: Number(total) }),
    too_large: ([total]) => ({ total: Number(total) }),
    too_many_types: ([maxTypes]) => ({ maxTypes: Number(maxTypes) }),
  },
})

function encodeNamedTypes(types: ReadonlyMap<string, number>): string {
  checkTypes([...types.keys()])
  return Array.from(types, ([type, last]) => `${last} ${type}`).join('\n')
}

/** The reply of `append-tasks`. */
export type AppendReply = ReplyOf<typeof appendTasksScript>
