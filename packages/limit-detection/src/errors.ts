/** The reason why a detection has no result. */
export type DetectionFailure =
  /** Too few of the first calls succeeded. */
  | 'no_success'
  /** Too many calls failed, so the responses say nothing about limits. */
  | 'unreliable'

/** A detection ended without a result. The message is written for the client. */
export class DetectionError extends Error {
  override readonly name = 'DetectionError'
  readonly reason: DetectionFailure

  constructor(reason: DetectionFailure, message: string) {
    super(message)
    this.reason = reason
  }
}

/** A budget is spent. `detectLimits` catches this error, and returns what is known by then. */
export class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError'
  readonly budget: 'requests' | 'rejections' | 'seconds'

  constructor(budget: 'requests' | 'rejections' | 'seconds') {
    super(`The budget of ${budget} is used up.`)
    this.budget = budget
  }
}
