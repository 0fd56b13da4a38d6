import type { BatchState } from '../model/batch.ts'
import type { Fields } from './create-batch.ts'
import { defineScript } from './define-script.ts'

/** A change of a batch's settings and criteria. */
export interface UpdateRequest {
  /** The states in which the update is allowed. */
  states: readonly BatchState[]
  settings: Fields
  /** An empty value switches a criterion off. */
  criteria: Fields
}

/** Changes settings and criteria of a batch that is in one of the given states. */
export const updateBatchScript = defineScript('update-batch', {
  keys: ['meta', 'criteria'],
  args: ['states', 'settings'],
  rest: 'changes',
  encode: ({ states, settings, criteria }: UpdateRequest) => ({
    args: { states: states.join(' '), settings: Object.keys(settings).length },
    rest: [...Object.entries(settings), ...Object.entries(criteria)].flat(),
  }),
  replies: {
    updated: ([state]) => ({ state: state as BatchState }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
