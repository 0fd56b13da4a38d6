import { defineScript } from './define-script.ts'

/** A pause that the upstream asked for. */
export interface LimitPause {
  /** `refused`: it refused a call. `exhausted`: it accepted a call and reported that nothing remains. */
  cause: 'refused' | 'exhausted'
  /** The duration that the upstream named, in ms. 0: it named none. */
  retryAfterMs: number
  /** The epoch of the call's permit. */
  epoch: number
}

interface PauseRequest extends LimitPause {
  /** The name of the limit. */
  name: string
  /** The channel of signals. */
  signals: string
}

/** Pauses a limit for all workers. */
export const pauseLimitScript = defineScript('pause-limit', {
  keys: ['settings', 'ledger'],
  args: ['cause', 'retry_after_us', 'epoch', 'signals', 'name'],
  encode: ({ cause, retryAfterMs, epoch, signals, name }: PauseRequest) => ({
    args: { cause, retry_after_us: Math.ceil(retryAfterMs * 1000), epoch, signals, name },
  }),
  replies: {
    missing: () => ({}),
    /** `pauseMs`: the duration of the pause from now, in ms. */
    paused: ([pauseUs]) => ({ pauseMs: Math.ceil(Number(pauseUs) / 1000) }),
  },
})
