import type { LimiterFamily } from './window-families.ts'
import type { DetectionCost } from './probe-session.ts'

export type Confidence = 'high' | 'medium' | 'low'

/** A limit of rate that was found. */
export interface FoundRate {
  /** Calls in a window of `perMs`. */
  max: number
  perMs: number
  /** `headers`: the upstream says so. `probing`: it behaves so. */
  source: 'headers' | 'probing'
  family: LimiterFamily | null
  /** Of a token bucket: about how many calls it lets pass at once after a rest. */
  burst: number | null
}

/** The result of a detection. */
export interface DetectionResult {
  concurrency: {
    /** How many concurrent calls the upstream accepts; null when no such limit was met. */
    limit: number | null
    /** So many at once were accepted: what is known when there is no limit. */
    atLeast: number
  }
  rate: {
    /** Null when no such limit was met, or not enough was seen of it. */
    limit: FoundRate | null
    /** Calls per second that passed for a while: what is known when there is no limit. */
    atLeastPerSecond: number
  }
  recommended: {
    /** 90% of the rate, as rules and a burstFactor: how much faster than evenly calls may be sent. */
    limit: { rules: { unit: 'requests'; max: number; perMs: number }[]; burstFactor: number } | null
    /** 80% of the concurrency. */
    concurrency: number | null
  }
  confidence: Confidence
  /** Sentences for the person who decides whether to apply it. */
  notes: string[]
  cost: DetectionCost
}
