import type { Weights } from '@sluice/engine'

/** Permission to start one call at its start time. Times are of Redis's clock, in µs. */
export interface Permit {
  startUs: number
  /** The time the permit is booked for: its start time, or later if it was extended. */
  bookedUs: number
  /** How much later than its start time the call may start without exceeding the limit. */
  maxLateUs: number
  weights: Weights
  /** Rises with each refusal by the upstream. */
  epoch: number
  /** Whether the call is the one that finds out if the upstream accepts calls again. */
  isProbe: boolean
}

export type PermitDecision =
  | { kind: 'granted'; permit: Permit }
  /** The task weighs more than a rule of the limit ever allows. */
  | { kind: 'impossible'; reason: string }
  /** The wait was aborted. */
  | { kind: 'dropped' }

/** What a task asks for. */
export interface PermitRequest {
  weights: Weights
  /** Aborts the wait. */
  signal: AbortSignal
  /** Receives true when the task starts within 10 ms, and false when its permit was lost and it waits again. */
  announce: (isStarting: boolean) => void
}

/** A task that waits for its permit. */
export interface PermitWait extends PermitRequest {
  /** Whether its start has been announced. */
  isStarting: boolean
  /** A time of `performance.now()`. */
  askedAt: number
  resolve: (decision: PermitDecision) => void
}

/** A permit whose start time has not come yet, or has passed unused. */
export interface HeldPermit {
  wait: PermitWait
  permit: Permit
}
