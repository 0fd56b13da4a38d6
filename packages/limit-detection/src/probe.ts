/** A limit that an upstream declares in its headers. */
export interface DeclaredLimit {
  /** The unit, such as `requests` or `tokens`. */
  unit: string
  /** The allowance per window. */
  max: number
  /** The length of the window. Undefined if the headers declare only the reset. */
  perMs?: number | undefined
  remaining?: number | undefined
  /** The time from the response until the allowance is restored, in ms. */
  resetMs?: number | undefined
}

/** The outcome of one call. */
export interface ProbeAnswer {
  /**
   * `accepted`: the call succeeded. `rejected`: the upstream signalled a limit (429, 503). `failed`: anything else,
   * which says nothing about limits.
   */
  outcome: 'accepted' | 'rejected' | 'failed'
  /** The HTTP status, or its equivalent in another protocol. */
  status?: number | undefined
  /** The reason why a call failed, as text for a person. */
  message?: string | undefined
  /** The pause that the upstream asks for, in ms. */
  retryAfterMs?: number | undefined
  declared?: readonly DeclaredLimit[] | undefined
}

/**
 * Makes one call. Every response of the upstream is an answer. The probe throws only if it cannot call at all, which
 * ends the detection. It should settle soon after the signal is aborted.
 */
export type Probe = (signal: AbortSignal) => Promise<ProbeAnswer>

/** A completed call. Its times are in ms of the clock. */
export interface Call extends Omit<ProbeAnswer, 'outcome'> {
  /** That of the answer, or `busy`: the upstream rejected the call because too many were in flight. */
  outcome: ProbeAnswer['outcome'] | 'busy'
  sentAt: number
  receivedAt: number
  /** The most calls that were in flight at any time during this one, itself included. */
  inFlight: number
}
