import type { Costs } from '@sluice/engine'

/** Leave to make one call at its slot. Times are of Redis's clock, in µs. */
export interface Permit {
  slotUs: number
  /** What it is booked for: its slot, or later if it was extended. */
  bookedUs: number
  /** A start later than this after the slot might exceed the limit. */
  maxLateUs: number
  costs: Costs
  /** Rises with each refusal by the upstream. */
  epoch: number
  /** The call is to find out whether the upstream takes calls again. */
  isProbe: boolean
}

export type PermitOutcome =
  | { outcome: 'granted'; permit: Permit }
  /** Not within the horizon: ask again after so long. */
  | { outcome: 'refused'; restMs: number }
  /** Never: the task costs more than a rule of the limit allows at all. */
  | { outcome: 'impossible'; reason: string }
  /** The wait was ended from outside. */
  | { outcome: 'dropped' }

/** A task that waits for its permit. */
export interface PermitWait {
  costs: Costs
  /** Aborted when nobody waits any more. */
  signal: AbortSignal
  askedAt: number
  resolve: (outcome: PermitOutcome) => void
}

/** A permit whose slot has not come yet, or was missed. */
export interface HeldPermit {
  wait: PermitWait
  permit: Permit
}
