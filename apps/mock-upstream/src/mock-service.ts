import { drawLatencyMs, type Latency } from './latency.ts'
import { createRateLimiter } from './limiter/create-rate-limiter.ts'
import type { RateLimiter } from './limiter/rate-limiter.ts'
import { rateLimitHeaders, retryAfterHeaders } from './rate-limit-headers.ts'
import type { ServiceSettings } from './service-settings.ts'
import { createStatsCounter, type ServiceStats } from './service-stats.ts'

const DEFAULT_DELAY_MS: [number, number] = [10, 200]

/** What a service decides about a request. An accepted one counts as concurrent until `leave` is called. */
export type Admission =
  | { kind: 'simulated_error'; statusCode: number; errorMessage: string }
  | { kind: 'overloaded' }
  | { kind: 'rate_limited' }
  | { kind: 'accepted'; delayMs: number; leave: (how: 'answered' | 'hung_up') => void }

/**
 * One simulated service: its limits and its statistics. Of HTTP it knows only headers. Its methods take the time in ms of
 * `performance.now()`, which is independent of changes to the system's clock.
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

  /** Decides about a request that arrives now. Only an accepted one takes anything from the limits. */
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

  /** The rate-limit headers of a 200 that leaves now. */
  acceptedHeaders(nowMs: number): Record<string, string> {
    const { rateLimitHeaders: dialect, rateLimit } = this.settings
    if (dialect === undefined) return {}
    return rateLimitHeaders(dialect, rateLimit, this.#limiter.allowance(nowMs), Date.now())
  }

  /** The rate-limit headers of a 429 that leaves now. */
  rateLimitedHeaders(nowMs: number): Record<string, string> {
    const retryAfter = this.settings.retryAfter === true ? retryAfterHeaders(this.#limiter.allowance(nowMs)) : {}
    return { ...this.acceptedHeaders(nowMs), ...retryAfter }
  }

  /** How many requests it works on now. */
  getCurrentConcurrency(): number {
    return this.#concurrency
  }

  stats(): ServiceStats {
    return this.#stats.snapshot()
  }

  /** Counts from nothing again. Requests in work finish in the old count, so that no count begins with half a request. */
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
 * Whole ms since the epoch, by the clock the limits are counted with: two moments that are a window of whole ms apart
 * on it stay that far apart when rounded, which two readings of `Date.now()` would not.
 */
function epochMsOf(nowMs: number): number {
  return Math.floor(performance.timeOrigin + nowMs)
}
