import { wholeWeights } from './task-weights.ts'

/** Collects what a handler reports about the limit of its queue during an attempt. */
export class LimitReport {
  /** The weights the call turned out to have, by unit. Units that were not reported are missing. */
  weights: Record<string, number> = {}
  /** How long the upstream wants no other call, in ms; 0 if the handler did not report it. */
  pauseMs = 0

  settle(weights: Readonly<Record<string, number>>): void {
    Object.assign(this.weights, wholeWeights(weights))
  }

  pause(ms: number): void {
    if (ms > 0) this.pauseMs = Math.max(this.pauseMs, ms)
  }
}
