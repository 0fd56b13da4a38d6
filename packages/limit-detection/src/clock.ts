/** The time a detection goes by. Tests give it a virtual one. */
export interface Clock {
  /** Ms; only differences count, so it must not jump. */
  now(): number
  /** Resolves after `ms`, or early when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}
