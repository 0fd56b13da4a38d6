import { createTimeLog } from './time-log.ts'

/** What happened at a service since it was created or its statistics were cleared. */
export interface ServiceStats {
  /** All requests that reached the service. */
  requests: number
  /** Answered with 200. A request whose client disconnected counts only in `requests` and `requestTimes`. */
  ok: number
  /** Answered with 429. */
  rateLimited: number
  /** Answered with 503, because the concurrency limit was reached. */
  overloaded: number
  simulatedErrors: number
  /** The highest number of requests in progress. */
  peakConcurrency: number
  /** The times at which requests were accepted, in whole ms since the epoch, oldest first. */
  requestTimes: number[]
  /** How many of the latest times are missing from `requestTimes`. Absent if none is missing. */
  truncated?: number
}

/** Counts the requests of one service. */
export interface StatsCounter {
  countRefusal(kind: 'rateLimited' | 'overloaded' | 'simulatedErrors'): void
  countAccepted(epochMs: number, concurrency: number): void
  countOk(): void
  snapshot(): ServiceStats
}

/** Creates counters at 0 for a service with `concurrency` requests in progress. */
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
