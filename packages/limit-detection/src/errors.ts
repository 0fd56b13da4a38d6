/** Why a detection can say nothing. */
export type DetectionFailure =
  /** No call succeeded, or too few, so nothing can be said about limits. */
  | 'no_success'
  /** So many calls failed on the way that the answers tell nothing. */
  | 'unreliable'

/** A detection that ended without a result; the message is a sentence for whoever asked for it. */
export class DetectionError extends Error {
  override readonly name = 'DetectionError'
  readonly reason: DetectionFailure

  constructor(reason: DetectionFailure, message: string) {
    super(message)
    this.reason = reason
  }
}

/** The budget is used up; what is known by then is the answer. Never leaves this package. */
export class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError'
  readonly budget: 'requests' | 'rejections' | 'seconds'

  constructor(budget: 'requests' | 'rejections' | 'seconds') {
    super(`The budget of ${budget} is used up.`)
    this.budget = budget
  }
}
