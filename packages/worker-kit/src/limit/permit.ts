import type { Weights } from '@sluice/engine'

/** Leave to make one call at its slot. Times are of Redis's clock, in µs. */
export interface Permit {
  startUs: number
  /** What it is booked for: its slot, or later if it was extended. */
  bookedUs: number
  /** A start later than this after the slot might exceed the limit. */
  maxLateUs: number
  weights: Weights
  /** Rises with each refusal by the upstream. */
  epoch: number
  /** The call is to find out whether the upstream takes calls again. */
  isProbe: boolean
}

export type PermitDecision =
  | { kind: 'granted'; permit: Permit }
  /** Not within the horizon: ask again after so long. */
  | { kind: 'refused'; restMs: number }
  /** Never: the task weights more than a rule of the limit allows at all. */
  | { kind: 'impossible'; reason: string }
  /** The wait was ended from outside. */
  | { kind: 'dropped' }

/** A task that waits for its permit. */
export interface PermitWait {
  weights: Weights
  /** Aborted when nobody waits any more. */
  signal: AbortSignal
  askedAt: number
  resolve: (outcome: PermitDecision) => void
}

/** A permit whose slot has not come yet, or was missed. */
export interface HeldPermit {
  wait: PermitWait
  permit: Permit
}
