import { defineScript } from './define-script.ts'

/** What the upstream said. */
export interface LimitPause {
  /** `refused`: it refused a call. `exhausted`: it accepted a call and reported that nothing remains. */
  cause: 'refused' | 'exhausted'
  /** How long it asked for no calls, in ms. 0: it named no time. */
  retryAfterMs: number
  /** Of the permit of the call. */
  epoch: number
}

interface PauseRequest extends LimitPause {
  /** Of the limit. */
  name: string
  signals: string
}

/** Pauses a limit, for all workers. */
export const pauseLimitScript = defineScript('pause-limit', {
  keys: ['settings', 'ledger'],
  args: ['cause', 'retry_after_us', 'epoch', 'signals', 'name'],
  encode: ({ cause, retryAfterMs, epoch, signals, name }: PauseRequest) => ({
    args: { cause, retry_after_us: Math.ceil(retryAfterMs * 1000), epoch, signals, name },
  }),
  replies: {
    missing: () => ({}),
    /** From now, in ms. */
    paused: ([pauseUs]) => ({ pauseMs: Math.ceil(Number(pauseUs) / 1000) }),
  },
})
