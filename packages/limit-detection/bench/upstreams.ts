import type { ServiceSettings } from '@sluice/mock-upstream'

/** An upstream whose limits are known, and what a detection should make of it. */
export interface KnownUpstream {
  name: string
  /** The service of the mock upstream. It answers 503 when too many calls are in flight, and 429 when they are too fast. */
  service: ServiceSettings
  /** The true concurrency limit. Undefined: none. */
  concurrency?: number
  /** The true rate in calls per second. Undefined: none that a detection could meet. */
  perSecond?: number
  /** Whether too many calls fail for a result. */
  isUnusable?: boolean
  /** Whether a detection takes minutes, because the window does. */
  isSlow?: boolean
}

const UNLIMITED = { limit: 1_000_000, windowMs: 1000 }

/** Both limits: of concurrency, and of the rate as a token bucket. */
function limited(
  concurrency: number,
  limit: number,
  windowMs: number,
  settings: Partial<ServiceSettings> = {},
): KnownUpstream {
  const name = `${concurrency} at once, ${limit} per ${windowMs / 1000} s`
  const service = { maxConcurrency: concurrency, rateLimit: { limit, windowMs }, ...settings }
  return { name, service, concurrency, perSecond: (limit / windowMs) * 1000, isSlow: windowMs > 1000 }
}

/** A concurrency limit beside a rate that calls do not reach. */
function concurrent(concurrency: number, delayMs: [number, number]): KnownUpstream {
  const service = { maxConcurrency: concurrency, rateLimit: { limit: 1000, windowMs: 1000 }, delayMs }
  return { name: `${concurrency} at once, 1000 per s`, service, concurrency }
}

/** An upstream without limits that answers a share of the calls with an error. */
function failing(name: string, rate: number, statusCode: number): KnownUpstream {
  const errorSimulation = { rate, statusCode }
  return { name, service: { maxConcurrency: 100_000, rateLimit: UNLIMITED, errorSimulation }, isUnusable: true }
}

/** Upstreams as applications meet them. Calls take 10 to 200 ms where nothing else is said. */
export const KNOWN_UPSTREAMS: readonly KnownUpstream[] = [
  concurrent(5, [10, 20]),
  concurrent(2, [10, 20]),
  concurrent(10, [5, 10]),
  limited(3, 5, 1000, { delayMs: [5, 10] }),
  limited(3, 6, 1000, { delayMs: [10, 20] }),
  limited(2, 4, 1000, { delayMs: [10, 20] }),
  limited(4, 8, 1000, { delayMs: [5, 10] }),
  limited(5, 10, 1000, { delayMs: [5, 10] }),
  limited(3, 20, 1000, { delayMs: [5, 15] }),
  limited(5, 20, 1000, { delayMs: [50, 100] }),
  limited(5, 30, 1000, { delayMs: [5, 15] }),
  limited(8, 50, 1000, { delayMs: [5, 15] }),
  { name: 'no limit', service: { maxConcurrency: 100_000, rateLimit: UNLIMITED } },
  limited(8, 100, 10_000),
  limited(10, 60, 60_000, { retryAfter: true }),
  limited(20, 500, 60_000, { rateLimitHeaders: 'ietf' }),
  failing('every second call fails', 0.5, 500),
  failing('401 to every call', 1, 401),
]

/** The share of the true rate that a right recommendation lies in. */
const RIGHT_SHARE = [0.85, 0.91] as const

/** What was found out about an upstream: a result, or the reason why there is none. */
export interface Answer {
  refusal: string | null
  concurrency: number | null
  /** The recommended calls per second. */
  perSecond: number | null
  confidence: string | null
}

/**
 * Judges an answer. `right`: the recommended rate is 85% to 91% of the truth, the concurrency is exact, and nothing is
 * claimed that does not exist; or the detection refuses where it must. `lost`: there is no result where one was possible.
 */
export function judgeAnswer(upstream: KnownUpstream, answer: Answer): 'right' | 'incomplete' | 'wrong' | 'lost' {
  if (upstream.isUnusable) return answer.refusal === null ? 'wrong' : 'right'
  if (answer.refusal !== null) return 'lost'
  const { concurrency = null, perSecond = null } = upstream
  const isFalse = answer.concurrency !== null && answer.concurrency !== concurrency
  if (isFalse || !isRightRate(perSecond, answer.perSecond)) return 'wrong'
  const isWhole = answer.concurrency === concurrency && (answer.perSecond === null) === (perSecond === null)
  return isWhole ? 'right' : 'incomplete'
}

/** Whether nothing false is claimed about the rate. */
function isRightRate(truth: number | null, recommended: number | null): boolean {
  if (recommended === null) return true
  if (truth === null) return false
  const share = recommended / truth
  return share >= RIGHT_SHARE[0] && share <= RIGHT_SHARE[1]
}
