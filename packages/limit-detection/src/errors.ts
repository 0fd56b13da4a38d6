/** Why a detection has no result. */
export type DetectionFailure =
  /** No call succeeded, or too few, so nothing can be said about limits. */
  | 'no_success'
  /** So many calls failed that the answers say nothing about limits. */
  | 'unreliable'

/** A detection ended without a result. The message is a sentence for its client. */
export class DetectionError extends Error {
  override readonly name = 'DetectionError'
  readonly reason: DetectionFailure

  constructor(reason: DetectionFailure, message: string) {
    super(message)
    this.reason = reason
  }
}

/** A budget is used up: the result is what is known by then. It never leaves this package. */
export class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError'
  readonly budget: 'requests' | 'rejections' | 'seconds'

  constructor(budget: 'requests' | 'rejections' | 'seconds') {
    super(`The budget of ${budget} is used up.`)
    this.budget = budget
  }
}
