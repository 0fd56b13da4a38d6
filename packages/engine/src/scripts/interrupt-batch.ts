import type { BatchState } from '../model/batch.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** An interruption at a client's request. */
export interface InterruptRequest {
  reason: string
  message: string
  /** True to abort and release running attempts instead of letting them finish. */
  abort: boolean
  /** The channel of signals. */
  signals: string
}

/** Interrupts an active batch at a client's request. */
export const interruptBatchScript = defineScript('interrupt-batch', {
  keys: ['meta', 'interruptions'],
  args: ['signals', 'reason', 'message', 'abort'],
  encode: ({ signals, reason, message, abort }: InterruptRequest) => ({
    args: { signals, reason, message, abort: abort ? '1' : '0' },
  }),
  replies: {
    interrupted: ([transition]) => ({ transition: decodeTransition(transition) }),
    missing: () => ({}),
    wrong_state: ([state]) => ({ state: state as BatchState }),
  },
})
