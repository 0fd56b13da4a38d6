import { drawLatencyMs, type Latency } from './latency.ts'
import { createRateLimiter } from './limiter/create-rate-limiter.ts'
import type { RateLimiter } from './limiter/rate-limiter.ts'
import { rateLimitHeaders, retryAfterHeaders } from './rate-limit-headers.ts'
import type { ServiceSettings } from './service-settings.ts'
import { createStatsCounter, type ServiceStats } from './service-stats.ts'

const DEFAULT_DELAY_MS: [number, number] = [10, 200]

/** The decision about a request. An accepted request counts as concurrent until `leave` is called. */
export type Admission =
  | { kind: 'simulated_error'; statusCode: number; errorMessage: string }
  | { kind: 'overloaded' }
  | { kind: 'rate_limited' }
  | { kind: 'accepted'; delayMs: number; leave: (how: 'answered' | 'hung_up') => void }

/**
 * A simulated service: its limits and its statistics. Of HTTP it knows only headers. Its methods take the time from
 * `performance.now()`, in ms, because changes to the system clock do not affect it.
 */
export class MockService {
  readonly name: string
  readonly settings: ServiceSettings
  readonly #limiter: RateLimiter
  readonly #latency: Latency
  readonly #random: () => number
  #concurrency = 0
  #stats = createStatsCounter()

  constructor(name: string, settings: ServiceSettings, nowMs: number, random: () => number = Math.random) {
    this.name = name
    this.settings = settings
    this.#limiter = createRateLimiter(settings.limiter ?? 'bucket', settings.rateLimit, nowMs)
    this.#latency = settings.latencyMs ?? uniform(settings.delayMs ?? DEFAULT_DELAY_MS)
    this.#random = random
  }

  /** Decides about a request that arrives now. Only accepted requests count against the limits. */
  admit(nowMs: number): Admission {
    if (this.#drawsError()) {
      this.#stats.countRefusal('simulatedErrors')
      const { statusCode = 500, errorMessage = 'internal_server_error' } = this.settings.errorSimulation ?? {}
      return { kind: 'simulated_error', statusCode, errorMessage }
    }
    if (this.#concurrency >= this.settings.maxConcurrency) {
      this.#stats.countRefusal('overloaded')
      return { kind: 'overloaded' }
    }
    if (!this.#limiter.take(nowMs)) {
      this.#stats.countRefusal('rateLimited')
      return { kind: 'rate_limited' }
    }
    return this.#accept(nowMs)
  }

  /** Returns the rate-limit headers of a 200 that is sent now. */
  acceptedHeaders(nowMs: number): Record<string, string> {
    const { rateLimitHeaders: dialect, rateLimit } = this.settings
    if (dialect === undefined) return {}
    return rateLimitHeaders(dialect, rateLimit, this.#limiter.allowance(nowMs), Date.now())
  }

  /** Returns the rate-limit headers of a 429 that is sent now. */
  rateLimitedHeaders(nowMs: number): Record<string, string> {
    const retryAfter = this.settings.retryAfter === true ? retryAfterHeaders(this.#limiter.allowance(nowMs)) : {}
    return { ...this.acceptedHeaders(nowMs), ...retryAfter }
  }

  /** Returns the number of requests in progress. */
  getCurrentConcurrency(): number {
    return this.#concurrency
  }

  stats(): ServiceStats {
    return this.#stats.snapshot()
  }

  /** Starts new counts at 0. Requests in progress finish in the old counts, so the new ones start clean. */
  clearStats(): void {
    this.#stats = createStatsCounter(this.#concurrency)
  }

  #drawsError(): boolean {
    const rate = this.settings.errorSimulation?.rate ?? 0
    return rate > 0 && this.#random() < rate
  }

  #accept(nowMs: number): Admission {
    const stats = this.#stats
    this.#concurrency += 1
    stats.countAccepted(epochMsOf(nowMs), this.#concurrency)
    return {
      kind: 'accepted',
      delayMs: drawLatencyMs(this.#latency, this.#random),
      leave: (how) => {
        this.#concurrency -= 1
        if (how === 'answered') stats.countOk()
      },
    }
  }
}

function uniform([min, max]: readonly [number, number]): Latency {
  return { distribution: 'uniform', min, max }
}

/**
 * Returns whole ms since the epoch, by the clock of the limiters. Two moments that are a window of whole ms apart stay
 * that far apart when they are rounded. Two readings of `Date.now()` might not.
 */
function epochMsOf(nowMs: number): number {
  return Math.floor(performance.timeOrigin + nowMs)
}
