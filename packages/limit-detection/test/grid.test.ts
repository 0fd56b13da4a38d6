import { beforeAll, describe, expect, test } from 'vitest'
import type { DetectionResult } from '../src/index.ts'
import { detect, errorOf, ratePerSecond, type Trial } from './support/detect.ts'
import { fixedByClock, fixedFromFirst, slidingCounter, slidingLog, tokenBucket } from './support/limiters.ts'

interface Case extends Trial {
  name: string
  /** The true rate in calls per second. Undefined: no rate limit. */
  rate?: number
  perMs?: number
}

const FAMILIES = { fixedFromFirst, fixedByClock, slidingLog, slidingCounter }
const WINDOWS = [
  [5, 1000],
  [20, 1000],
  [100, 10_000],
  [60, 60_000],
  [500, 60_000],
] as const
const RETRY_AFTER = [undefined, 'exact', 'seconds', 'padded'] as const

/** Retry-After and random failures vary over the grid. */
const windowCases: Case[] = Object.entries(FAMILIES).flatMap(([family, create], f) =>
  WINDOWS.flatMap(([max, perMs], w) =>
    [0, 1].map((variant): Case => {
      const retryAfter = RETRY_AFTER[(f + w + 2 * variant) % RETRY_AFTER.length]
      const errorRate = (f + w + variant) % 2 === 0 ? 0 : 0.01
      const name = `${family} ${max} per ${perMs} ms, Retry-After ${retryAfter}, errors ${errorRate}`
      return { name, limiter: create(max, perMs), rate: ratePerSecond({ max, perMs }), perMs, retryAfter, errorRate }
    }),
  ),
)

const bucketCases: Case[] = [
  [1, 1],
  [10, 10],
  [100, 50],
  [10, 1],
  [5, 50],
  [1, 60],
].flatMap(([rate = 1, burst = 1]) =>
  ([undefined, 'exact'] as const).map((retryAfter, i): Case => {
    const name = `bucket of ${burst} at ${rate} per second, Retry-After ${retryAfter}`
    return { name, limiter: tokenBucket(rate, burst), rate, retryAfter, errorRate: i * 0.01 }
  }),
)

const concurrencyCases: Case[] = [5, 20].flatMap((concurrency) =>
  [429, 503].map((busyStatus, i): Case => {
    const name = `concurrency ${concurrency}, answered with ${busyStatus}`
    return { name, concurrency, busyStatus, errorRate: i * 0.01 }
  }),
)

const otherCases: Case[] = [
  { name: 'concurrency 3 and a rate', concurrency: 3, limiter: slidingLog(60, 10_000), rate: 6, perMs: 10_000 },
  { name: 'concurrency 10 and a rate', concurrency: 10, limiter: fixedByClock(100, 10_000), rate: 10, perMs: 10_000 },
  { name: 'no limit' },
  { name: 'no limit, errors', errorRate: 0.01 },
  ...(
    [
      [3, 8],
      [400, 600],
    ] as const
  ).flatMap((serviceMs): Case[] => [
    { name: `service of ${serviceMs[0]} ms, concurrency 6`, serviceMs, concurrency: 6 },
    {
      name: `service of ${serviceMs[0]} ms, 100 per 10 s`,
      serviceMs,
      limiter: slidingLog(100, 10_000),
      rate: 10,
      perMs: 10_000,
    },
    { name: `service of ${serviceMs[0]} ms, 5 per s`, serviceMs, limiter: fixedByClock(5, 1000), rate: 5, perMs: 1000 },
  ]),
]

interface Score {
  name: string
  /** Relative errors. */
  rate: number
  window: number
  concurrency: number
  confidence: DetectionResult['confidence']
  rejections: number
}

const scores = new Map<string, Score>()

function score({ name, rate, perMs, concurrency }: Case, result: DetectionResult): Score {
  const limit = result.rate.limit
  const found = limit === null ? undefined : ratePerSecond(limit)
  const none = (value: number | null | undefined) => (value === null || value === undefined ? 0 : Infinity)
  return {
    name,
    rate: rate === undefined ? none(found) : errorOf(found, rate),
    // A bucket has no window, and a weighted count over a window recovers like a bucket.
    window: perMs === undefined || limit?.family === 'token_bucket' ? 0 : errorOf(limit?.perMs, perMs),
    concurrency:
      concurrency === undefined
        ? none(result.concurrency.limit)
        : errorOf(result.concurrency.limit ?? undefined, concurrency),
    confidence: result.confidence,
    rejections: result.cost.rejections,
  }
}

function isRight({ rate, window, concurrency }: Score): boolean {
  return [rate, window, concurrency].every((error) => Math.abs(error) <= 0.1)
}

function scoresOf(cases: readonly Case[]): Score[] {
  return cases.flatMap(({ name }) => scores.get(name) ?? [])
}

function shareOf(all: readonly Score[], isGood: (score: Score) => boolean): number {
  return all.filter(isGood).length / all.length
}

const all = [...windowCases, ...bucketCases, ...concurrencyCases, ...otherCases]

describe('over a grid of upstreams', () => {
  beforeAll(async () => {
    for (const [seed, trial] of all.entries())
      scores.set(trial.name, score(trial, await detect({ seed: seed + 1, ...trial })))
  }, 300_000)

  test('no result that is wrong by more than a tenth has high confidence', () => {
    const wrong = scoresOf(all).filter((it) => !isRight(it))

    expect(wrong.filter(({ confidence }) => confidence === 'high')).toEqual([])
  })

  test('at least nine of ten window limits are right within a tenth, in rate and window', () => {
    const wrong = scoresOf(windowCases).filter((it) => !isRight(it))

    expect(shareOf(scoresOf(windowCases), isRight), `wrong: ${JSON.stringify(wrong)}`).toBeGreaterThanOrEqual(0.9)
  })

  test('most window limits are found with high confidence', () => {
    expect(shareOf(scoresOf(windowCases), ({ confidence }) => confidence === 'high')).toBeGreaterThanOrEqual(0.7)
  })

  test('most token buckets are found with the right rate', () => {
    const found = scoresOf(bucketCases)

    expect(
      shareOf(found, ({ rate }) => Math.abs(rate) <= 0.1),
      `found: ${JSON.stringify(found)}`,
    ).toBeGreaterThanOrEqual(0.75)
  })

  test('concurrency and rate are distinguished, even if 429 means both', () => {
    const scored = scoresOf([...windowCases, ...bucketCases, ...concurrencyCases])

    expect(scored.filter(({ concurrency }) => Math.abs(concurrency) > 0.1)).toEqual([])
  })

  test('no limit is found for an upstream without limits', () => {
    const none = scoresOf(all.filter(({ name }) => name.startsWith('no limit')))

    expect(none.map(({ rate, concurrency }) => [rate, concurrency])).toEqual([
      [0, 0],
      [0, 0],
    ])
  })
})
