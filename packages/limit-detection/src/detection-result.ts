import type { LimiterFamily } from './window-families.ts'
import type { DetectionCost } from './probe-session.ts'

export type Confidence = 'high' | 'medium' | 'low'

/** A rate limit that was found. */
export interface FoundRate {
  /** Calls per window of `perMs`. */
  max: number
  perMs: number
  /** `headers`: the upstream declares the limit. `probing`: the limit was inferred from its behaviour. */
  source: 'headers' | 'probing'
  family: LimiterFamily | null
  /** The approximate capacity of a token bucket: the calls that pass at once after a rest. Null for other families. */
  burst: number | null
}

/** The result of a detection. */
export interface DetectionResult {
  concurrency: {
    /** How many concurrent calls the upstream accepts. Null if no such limit was reached. */
    limit: number | null
    /** The highest concurrency that succeeded: a lower bound if `limit` is null. */
    atLeast: number
  }
  rate: {
    /** Null if no such limit was reached, or too little of it was observed. */
    limit: FoundRate | null
    /** The sustained calls per second that passed: a lower bound if `limit` is null, otherwise 0. */
    atLeastPerSecond: number
  }
  recommended: {
    /** 90% of the rate, as the rules and the burst factor of a limit. */
    limit: { rules: { unit: 'requests'; max: number; perMs: number }[]; burstFactor: number } | null
    /** 80% of the concurrency. */
    concurrency: number | null
  }
  confidence: Confidence
  /** Sentences for the person who decides whether to apply the recommendation. */
  notes: string[]
  cost: DetectionCost
}
