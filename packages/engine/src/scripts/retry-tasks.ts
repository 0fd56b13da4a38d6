import type { BatchState } from '../model/batch.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** One step of a retry. */
export interface RetryRequest {
  /** Retries only tasks that failed with this class. Undefined: all classes. */
  failureClass: string | undefined
  /** The seq to start from. Undefined: `seqs` names the tasks. */
  from: number | undefined
  seqs: readonly number[]
  /** The SHA-1 of what is recorded of each of these tasks, as it must still be. Empty: it may be anything. */
  digests: readonly string[]
  /** Maximum number of failed tasks to examine in this call. */
  maxTasks: number
  /** The hold that announced the retry of a completed batch. Empty: none. */
  hold: string
}

/** Makes failed tasks pending again, a bounded number per call. */
export const retryTasksScript = defineScript('retry-tasks', {
  keys: ['meta', 'states', 'attempts', 'due', 'postponements', 'series_base', 'marks'],
  args: ['failure_class', 'from', 'max_tasks', 'hold', 'digests'],
  rest: 'seqs',
  encode: ({ failureClass = '', from, seqs, digests, maxTasks, hold }: RetryRequest) => ({
    args: { failure_class: failureClass, from: from ?? '', max_tasks: maxTasks, hold, digests: digests.join(' ') },
    rest: seqs,
  }),
  replies: {
    retried: ([count, next, state, transition]) => ({
      count: Number(count),
      /** The seq to continue from. Undefined: the walk is complete. */
      next: Number(next) < 0 ? undefined : Number(next),
      state: state as BatchState,
      transition: decodeTransition(transition),
    }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
    /** The batch is completed, and its retry was not announced with this hold. */
    unheld: () => ({}),
  },
})
