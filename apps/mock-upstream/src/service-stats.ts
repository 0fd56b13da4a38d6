import { createTimeLog } from './time-log.ts'

/** What happened at one service since it was created or its statistics were emptied. */
export interface ServiceStats {
  /** Everything that reached the service, whatever the answer. */
  requests: number
  /** Answered 200. A request whose client hung up counts in `requests` and `requestTimes` only. */
  ok: number
  /** Answered 429. */
  rateLimited: number
  /** Answered 503 because all its concurrency was taken. */
  overloaded: number
  simulatedErrors: number
  /** The most requests it worked on at once. */
  peakConcurrency: number
  /** When each accepted request was accepted, in whole ms since the epoch, oldest first. */
  requestTimes: number[]
  /** How many of the latest times are missing from `requestTimes`; absent while it is complete. */
  truncated?: number
}

/** The counters of one service while they count. */
export interface StatsCounter {
  countRefusal(kind: 'rateLimited' | 'overloaded' | 'simulatedErrors'): void
  countAccepted(epochMs: number, concurrency: number): void
  countOk(): void
  snapshot(): ServiceStats
}

/** Starts counting from nothing, at a service that works on `concurrency` requests already. */
export function createStatsCounter(concurrency = 0): StatsCounter {
  const counts = { requests: 0, ok: 0, rateLimited: 0, overloaded: 0, simulatedErrors: 0, peakConcurrency: concurrency }
  const acceptedAt = createTimeLog()

  return {
    countRefusal(kind) {
      counts.requests += 1
      counts[kind] += 1
    },
    countAccepted(epochMs, concurrencyNow) {
      counts.requests += 1
      counts.peakConcurrency = Math.max(counts.peakConcurrency, concurrencyNow)
      acceptedAt.add(epochMs)
    },
    countOk() {
      counts.ok += 1
    },
    snapshot() {
      const missing = acceptedAt.missing()
      return { ...counts, requestTimes: acceptedAt.toArray(), ...(missing > 0 && { truncated: missing }) }
    },
  }
}
