import type { BatchState } from '../model/batch.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** One step of a cancellation. */
export interface CancelRequest {
  /** Maximum number of released or delayed tasks to cancel in one call. */
  maxTasks: number
  /** The channel of signals. */
  signals: string
  /** True to abort running attempts instead of letting them finish. */
  abort: boolean
}

/** Cancels a batch and a bounded number of its pending and delayed tasks. */
export const cancelBatchScript = defineScript('cancel-batch', {
  keys: ['meta', 'states', 'due'],
  args: ['max_tasks', 'signals', 'abort'],
  encode: ({ maxTasks, signals, abort }: CancelRequest) => ({
    args: { max_tasks: maxTasks, signals, abort: abort ? '1' : '0' },
  }),
  replies: {
    /** `left`: the number of tasks that further calls must cancel. */
    cancelled: ([left, transition]) => ({ left: Number(left), transition: decodeTransition(transition) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
