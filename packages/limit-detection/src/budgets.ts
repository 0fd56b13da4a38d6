/** What a detection may cost. It ends with what it knows by then. */
export interface Budgets {
  /** Calls in all. */
  requests: number
  /** Calls that are rejected. Those in flight when it is used up may still be. */
  rejections: number
  seconds: number
  /** Calls in flight at once. */
  maxConcurrency: number
}

/** Enough for a limit of a few hundred requests a minute. */
export const DEFAULT_BUDGETS: Budgets = { requests: 4000, rejections: 200, seconds: 1800, maxConcurrency: 32 }
