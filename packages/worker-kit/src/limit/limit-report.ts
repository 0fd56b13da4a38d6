import { wholeWeights } from './task-weights.ts'

/** What a handler says about the limit that its call was under, collected until the attempt has ended. */
export class LimitReport {
  /** What the call really cost, by unit, as far as the handler said so. */
  weights: Record<string, number> = {}
  /** How long the upstream wants no other call, in ms; 0: it did not say. */
  pauseMs = 0

  settle(weights: Readonly<Record<string, number>>): void {
    Object.assign(this.weights, wholeWeights(weights))
  }

  pause(ms: number): void {
    if (ms > 0) this.pauseMs = Math.max(this.pauseMs, ms)
  }
}
