/** The source of time of a detection. Tests pass a virtual clock. */
export interface Clock {
  /** Returns a time in ms from a monotonic clock. Its origin is arbitrary. */
  now(): number
  /** Resolves after `ms`, or as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}
