/** What an upstream's headers say about one of its limits. */
export interface DeclaredLimit {
  /** What is counted, such as `requests` or `tokens`. */
  unit: string
  /** How much is allowed in a window. */
  max: number
  /** How long the window is; undefined where only the reset is declared. */
  perMs?: number | undefined
  remaining?: number | undefined
  /** In how long the allowance is restored, in ms from when the answer came. */
  resetMs?: number | undefined
}

/** How one call went. */
export interface ProbeAnswer {
  /**
   * `accepted`: the upstream did what was asked. `rejected`: it said "too much" (429, 503). `failed`: anything else; it
   * says nothing about limits.
   */
  outcome: 'accepted' | 'rejected' | 'failed'
  /** The HTTP status, or whatever the upstream has in its place. */
  status?: number | undefined
  /** Of a failed call: what went wrong, for a person. */
  message?: string | undefined
  /** How long the upstream asks to pause, in ms. */
  retryAfterMs?: number | undefined
  declared?: readonly DeclaredLimit[] | undefined
}

/**
 * Makes one call. Every response of the upstream is an answer; it throws only when no call can be made at all, which ends
 * the detection. It should end soon after the signal is aborted.
 */
export type Probe = (signal: AbortSignal) => Promise<ProbeAnswer>

/** A call that was made, in ms of the clock. */
export interface Call extends ProbeAnswer {
  sentAt: number
  receivedAt: number
}
