import type { DetectionState } from '../model/detection.ts'
import { defineScript } from './define-script.ts'

/** A change of a detection's state. */
export interface DetectionMove {
  /** Undefined: the detection must not exist yet. */
  from: DetectionState | undefined
  to: DetectionState
  /** How long the detection is kept from now, in ms. */
  keptMs: number
  fields?: Readonly<Record<string, string>>
}

/** Moves a detection from one state to another, if it is still in the first state. */
export const moveDetectionScript = defineScript('move-detection', {
  keys: ['detection'],
  args: ['from', 'to', 'kept_ms'],
  rest: 'fields',
  encode: ({ from, to, keptMs, fields = {} }: DetectionMove) => ({
    args: { from: from ?? '', to, kept_ms: keptMs },
    rest: Object.entries(fields).flat(),
  }),
  replies: {
    moved: () => ({}),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as DetectionState }),
  },
})
