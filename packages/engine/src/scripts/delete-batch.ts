import type { BatchState } from '../model/batch.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** Why a batch is deleted: a client asked for it and announced it with a hold, or its retention has ended. */
export type DeletionCause = { hold: string } | { finishedBefore: number }

/** Decides that a finished batch is deleted, and makes it missing for every script. */
export const deleteBatchScript = defineScript('delete-batch', {
  keys: ['meta'],
  args: ['hold', 'finished_before'],
  encode: (cause: DeletionCause) => ({
    args:
      'hold' in cause ? { hold: cause.hold, finished_before: '' } : { hold: '', finished_before: cause.finishedBefore },
  }),
  replies: {
    deleting: ([transition]) => ({ transition: decodeTransition(transition) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
    unheld: () => ({}),
    /** `count`: the number of tasks that are still being aborted. */
    running: ([count]) => ({ count: Number(count) }),
    early: () => ({}),
  },
})
