import type { Limiter } from '../test/support/virtual-upstream.ts'
import { ratePerSecond, type Trial } from '../test/support/detect.ts'
import { fixedByClock, fixedFromFirst, slidingCounter, slidingLog, tokenBucket } from '../test/support/limiters.ts'
import { KNOWN_UPSTREAMS, type KnownUpstream } from './upstreams.ts'

/** An upstream in virtual time, and its true limits. */
export interface GridUpstream {
  name: string
  /** Creates the upstream anew, with its whole allowance. */
  create: () => Trial
  /** In calls per second. Undefined: none. */
  rate?: number | undefined
  /** Undefined: none. */
  concurrency?: number | undefined
  /** The length of the window, if the result must state it. Beside a concurrency limit, several windows may fit. */
  perMs?: number | undefined
  /** Whether a detection can meet the limit. Calls may be too slow for the rate, or the rate too low for the concurrency. */
  isRateMet: boolean
  isConcurrencyMet: boolean
  isUnusable?: boolean | undefined
}

/** Upstreams of one kind. */
export interface GridRow {
  name: string
  upstreams: readonly GridUpstream[]
}

type Create = (max: number, perMs: number) => Limiter

const bucket: Create = (max, perMs) => tokenBucket((max / perMs) * 1000, max)

const WINDOWS = { fixedFromFirst, fixedByClock, slidingLog, slidingCounter }

/** The budgets of a detection without budgets. */
const DEFAULTS = { requests: undefined, rejections: undefined, seconds: undefined, maxConcurrency: undefined }

type Rate = readonly [max: number, perMs: number]

const WINDOW_RATES: readonly Rate[] = [
  [5, 1000],
  [20, 1000],
  [100, 10_000],
  [60, 60_000],
  [500, 60_000],
]
const RETRY_AFTER = [undefined, 'exact', 'seconds', 'padded'] as const

/** Retry-After and random failures vary over the windows. */
const windows: GridUpstream[] = Object.entries(WINDOWS).flatMap(([family, create], f) =>
  WINDOW_RATES.flatMap(([max, perMs], w) =>
    [0, 1].map((variant) => {
      const retryAfter = RETRY_AFTER[(f + w + 2 * variant) % RETRY_AFTER.length]
      const errorRate = (f + w + variant) % 2 === 0 ? 0 : 0.01
      return {
        name: `${family} ${max} per ${perMs} ms, Retry-After ${retryAfter}, errors ${errorRate}`,
        create: () => ({ limiter: create(max, perMs), retryAfter, errorRate }),
        rate: ratePerSecond({ max, perMs }),
        perMs,
        isRateMet: true,
        isConcurrencyMet: false,
      }
    }),
  ),
)

const buckets: GridUpstream[] = [
  [1, 1],
  [10, 10],
  [100, 50],
  [10, 1],
  [5, 50],
  [1, 60],
].flatMap(([rate = 1, burst = 1]) =>
  ([undefined, 'exact'] as const).map((retryAfter, i) => ({
    name: `bucket of ${burst} at ${rate} per second, Retry-After ${retryAfter}`,
    create: () => ({ limiter: tokenBucket(rate, burst), retryAfter, errorRate: i * 0.01 }),
    rate,
    isRateMet: true,
    isConcurrencyMet: false,
  })),
)

const concurrencyAlone: GridUpstream[] = [2, 5, 12, 20].flatMap((concurrency) =>
  [429, 503].map((busyStatus, i) => ({
    name: `${concurrency} at once, answered with ${busyStatus}`,
    create: () => ({ concurrency, busyStatus, errorRate: i * 0.01 }),
    concurrency,
    isRateMet: false,
    isConcurrencyMet: true,
  })),
)

const unlimited: GridUpstream[] = [0, 0.01, 0.03].flatMap((errorRate) =>
  [undefined, 503].map((errorStatus) => ({
    name: `no limit, errors ${errorRate} with ${errorStatus ?? 'any status'}`,
    create: () => ({ errorRate, errorStatus, budgets: { ...DEFAULTS, maxConcurrency: 64 } }),
    isRateMet: false,
    isConcurrencyMet: false,
  })),
)

interface Limits {
  rates: readonly Rate[]
  concurrencies: readonly number[]
}

const COMMON: Limits = {
  rates: [
    [5, 1000],
    [20, 1000],
    [50, 1000],
    [100, 10_000],
    [60, 60_000],
  ],
  concurrencies: [2, 3, 5, 8, 12],
}

const UNCOMMON: Limits = {
  rates: [
    [7, 1000],
    [33, 1000],
    [23, 5000],
    [77, 10_000],
    [45, 30_000],
    [130, 60_000],
  ],
  concurrencies: [4, 7, 11],
}

/** The times that calls take, in ms, and their mean with the network. */
const SLOW = { trial: { serviceMs: [30, 80] }, meanMs: 70 } as const
const FAST = { trial: { serviceMs: [5, 15], networkMs: [0.3, 1.5] }, meanMs: 12 } as const
const UNEVEN = { trial: { serviceMs: [40, 400], networkMs: [10, 60] }, meanMs: 290 } as const

/** Every kind of rate limit beside every concurrency limit. */
function bothLimits(
  { trial, meanMs }: { trial: Trial; meanMs: number },
  answers: Trial,
  limits = COMMON,
): GridUpstream[] {
  return Object.entries({ ...WINDOWS, bucket }).flatMap(([family, create]) =>
    limits.rates.flatMap(([max, perMs]) =>
      limits.concurrencies.map((concurrency) => ({
        name: `${family} ${max} per ${perMs} ms, ${concurrency} at once`,
        create: () => ({ limiter: create(max, perMs), concurrency, budgets: DEFAULTS, ...trial, ...answers }),
        rate: ratePerSecond({ max, perMs }),
        concurrency,
        isRateMet: concurrency / meanMs > (max * 1.1) / perMs,
        isConcurrencyMet: concurrency < max,
      })),
    ),
  )
}

/** A bucket that lasts for as long as a short verification, so that it hides a rate that is too high. */
const hidingBuckets: GridUpstream[] = (
  [
    [50, 100],
    [5, 15],
    [10, 200],
    [20, 40],
  ] as const
).flatMap((serviceMs) =>
  [3, 5, 8].map((concurrency) => ({
    name: `${concurrency} at once, bucket of 20 at 20 per second, calls of ${serviceMs.join(' to ')} ms`,
    create: () => ({ limiter: tokenBucket(20, 20), concurrency, serviceMs, budgets: DEFAULTS }),
    rate: 20,
    concurrency,
    isRateMet: true,
    isConcurrencyMet: true,
  })),
)

/** The mock upstream on the same machine, in virtual time. */
function mockOf({ name, service, concurrency, perSecond, isUnusable }: KnownUpstream): GridUpstream {
  const { maxConcurrency, rateLimit, delayMs = [10, 200], errorSimulation } = service
  const rule = { max: rateLimit.limit, perMs: rateLimit.windowMs }
  const create = (): Trial => ({
    concurrency: maxConcurrency,
    limiter: bucket(rule.max, rule.perMs),
    serviceMs: delayMs,
    networkMs: [0.3, 1.5],
    busyStatus: 503,
    retryAfter: service.retryAfter ? 'exact' : undefined,
    declare: service.rateLimitHeaders === undefined ? undefined : () => [{ unit: 'requests', ...rule }],
    errorRate: errorSimulation?.rate,
    errorStatus: errorSimulation?.statusCode,
    budgets: { ...DEFAULTS, maxConcurrency: 100 },
  })
  const [isRateMet, isConcurrencyMet] = [perSecond !== undefined, concurrency !== undefined]
  return { name, create, concurrency, rate: perSecond, isUnusable, isRateMet, isConcurrencyMet }
}

const BOTH_503 = { busyStatus: 503, rateStatus: 503 }
const BOTH_429 = { busyStatus: 429 }
const MIXED = { busyStatus: 503 }
const MIXED_FAILING = { ...MIXED, retryAfter: 'seconds', errorRate: 0.01 } as const

/** The statuses are those for too many calls at once and for too many in a window. */
export const GRID: readonly GridRow[] = [
  { name: 'windows', upstreams: windows },
  { name: 'buckets', upstreams: buckets },
  { name: 'concurrency alone', upstreams: concurrencyAlone },
  { name: 'no limit', upstreams: unlimited },
  { name: 'both, 503 and 429', upstreams: bothLimits(SLOW, MIXED) },
  { name: 'both, 503 and 429, fast calls', upstreams: bothLimits(FAST, MIXED) },
  { name: 'both, 503 and 429, Retry-After and failures', upstreams: bothLimits(SLOW, MIXED_FAILING) },
  { name: 'both, 429 and 429', upstreams: bothLimits(SLOW, BOTH_429) },
  { name: 'both, 429 and 429, fast calls', upstreams: bothLimits(FAST, BOTH_429) },
  { name: 'both, 429 and 429, bucket of 20', upstreams: hidingBuckets },
  { name: 'both, 503 and 503', upstreams: bothLimits(SLOW, BOTH_503) },
  { name: 'uncommon, 503 and 429', upstreams: bothLimits(SLOW, MIXED, UNCOMMON) },
  { name: 'uncommon, 503 and 429, uneven network', upstreams: bothLimits(UNEVEN, MIXED, UNCOMMON) },
  { name: 'uncommon, 429 and 429', upstreams: bothLimits(SLOW, BOTH_429, UNCOMMON) },
  { name: 'uncommon, 429 and 429, uneven network', upstreams: bothLimits(UNEVEN, BOTH_429, UNCOMMON) },
  { name: 'the 18 mock upstreams', upstreams: KNOWN_UPSTREAMS.map(mockOf) },
]
