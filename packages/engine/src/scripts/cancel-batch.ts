import type { BatchState } from '../model/batch.ts'
import { defineScript } from './define-script.ts'

/** One step of a cancellation. */
export interface CancelRequest {
  /** Maximum number of released or delayed tasks to cancel in one call. */
  maxTasks: number
  /** The channel of signals. */
  signals: string
}

/** Cancels a batch and a bounded number of its pending and delayed tasks. */
export const cancelBatchScript = defineScript('cancel-batch', {
  keys: ['meta', 'states', 'due'],
  args: ['max_tasks', 'signals'],
  encode: ({ maxTasks, signals }: CancelRequest) => ({ args: { max_tasks: maxTasks, signals } }),
  replies: {
    /** `left`: the number of tasks that further calls must cancel. */
    cancelled: ([left]) => ({ left: Number(left) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
