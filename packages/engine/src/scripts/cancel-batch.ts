import type { BatchState } from '../model/batch.ts'
import { defineScript } from './define-script.ts'

export interface CancelRequest {
  /** Released or delayed tasks to cancel in one call. */
  maxTasks: number
  signals: string
}

/** Cancels a batch, and up to `maxTasks` of its tasks that have not run. */
export const cancelBatchScript = defineScript('cancel-batch', {
  keys: ['meta', 'states', 'due'],
  args: ['max_tasks', 'signals'],
  encode: ({ maxTasks, signals }: CancelRequest) => ({ args: { max_tasks: maxTasks, signals } }),
  replies: {
    /** `left`: tasks that further calls must cancel. */
    cancelled: ([left]) => ({ left: Number(left) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
