import type { BatchState } from '../model/batch.ts'
import type { Fields } from './create-batch.ts'
import { defineScript } from './define-script.ts'

/** A change of a batch's settings and criteria. */
export interface UpdateRequest {
  /** The states in which the update is allowed. */
  states: readonly BatchState[]
  /** The version that the batch must have. Undefined: any. */
  ifVersion?: number | undefined
  settings: Fields
  /** An empty value switches a criterion off. */
  criteria: Fields
}

/** Changes settings and criteria of a batch that is in one of the given states. */
export const updateBatchScript = defineScript('update-batch', {
  keys: ['meta', 'criteria', 'marks'],
  args: ['states', 'if_version', 'settings'],
  rest: 'changes',
  encode: ({ states, ifVersion, settings, criteria }: UpdateRequest) => ({
    args: { states: states.join(' '), if_version: ifVersion ?? '', settings: Object.keys(settings).length },
    rest: [...Object.entries(settings), ...Object.entries(criteria)].flat(),
  }),
  replies: {
    updated: ([state]) => ({ state: state as BatchState }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
    changed: () => ({}),
    started: () => ({}),
  },
})
