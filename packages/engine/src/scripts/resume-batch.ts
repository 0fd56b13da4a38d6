import type { BatchState } from '../model/batch.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** Makes an interrupted batch active again. */
export const resumeBatchScript = defineScript('resume-batch', {
  keys: ['meta', 'postponements', 'marks'],
  args: [],
  encode: () => ({ args: {} }),
  replies: {
    resumed: ([state, transition]) => ({ state: state as BatchState, transition: decodeTransition(transition) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
