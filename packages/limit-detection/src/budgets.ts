/** What a detection may spend. Once a budget is spent, it ends with what it knows. */
export interface Budgets {
  /** Calls in total. */
  requests: number
  /** Rejected calls. Calls in flight when this budget is spent may still be rejected. */
  rejections: number
  seconds: number
  /** Concurrent calls. */
  maxConcurrency: number
}

/** The default budgets, which suffice for a limit of a few hundred requests per minute. */
export const DEFAULT_BUDGETS: Budgets = { requests: 4000, rejections: 200, seconds: 1800, maxConcurrency: 32 }
