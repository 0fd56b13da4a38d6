import { describe, expect, test } from 'vitest'
import { checkTarget } from '../src/check-target.ts'
import type { ConcurrencyFinding } from '../src/concurrency-finding.ts'
import { findConcurrency } from '../src/find-concurrency.ts'
import { ProbeSession } from '../src/probe-session.ts'
import { fixedByClock, fixedFromFirst, slidingLog, tokenBucket } from './support/limiters.ts'
import { seededRandom } from '@sluice/testing'
import { VirtualClock } from './support/virtual-clock.ts'
import { virtualUpstream, type Limiter, type VirtualUpstreamOptions } from './support/virtual-upstream.ts'

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)

async function find(
  seed: number,
  upstream: VirtualUpstreamOptions,
  maxConcurrency: number,
): Promise<ConcurrencyFinding & { rejected: number }> {
  const random = seededRandom(seed)
  const clock = new VirtualClock(500_000 + 1_000_000 * random())
  const budgets = { requests: 5000, rejections: 500, seconds: 3600, maxConcurrency }
  const { signal } = new AbortController()
  const session = new ProbeSession({ probe: virtualUpstream(clock, random, upstream), clock, budgets, signal })
  const finding = await clock.run(checkTarget(session).then(() => findConcurrency(session, maxConcurrency)))
  return { ...finding, rejected: session.cost.rejections }
}

/** The findings for the same upstream with different jitter and at different times. */
async function findEach(create: () => VirtualUpstreamOptions, maxConcurrency = 16) {
  return await Promise.all(SEEDS.map((seed) => find(seed, create(), maxConcurrency)))
}

describe('a rate limit is not mistaken for a concurrency limit', () => {
  const limiters: [string, () => Limiter, readonly [number, number]][] = [
    ['whose window ends while calls are in flight', () => fixedByClock(5, 1000), [400, 600]],
    ['whose window is as long as a call takes', () => fixedFromFirst(4, 600), [400, 600]],
    ['whose window is a little longer than a call takes', () => slidingLog(5, 1000), [700, 900]],
    ['that refills slowly', () => tokenBucket(2, 6), [30, 80]],
    ['with a long window', () => fixedByClock(20, 60_000), [30, 80]],
  ]

  test.each(limiters)('%s', async (_name, create, serviceMs) => {
    const findings = await findEach(() => ({ limiter: create(), serviceMs }))

    expect(findings.map(({ limit }) => limit).filter((limit) => limit !== null)).toEqual([])
  })
})

test('a bucket that refills as fast as calls are answered is rarely mistaken for a concurrency limit', async () => {
  const findings = await findEach(() => ({ limiter: tokenBucket(100, 5) }))

  expect(findings.filter(({ limit }) => limit !== null).length).toBeLessThanOrEqual(SEEDS.length / 10)
})

describe('a concurrency limit is found', () => {
  test.each([
    ['without a rate limit', {}],
    ['where one call in a hundred fails at random', { errorRate: 0.01 }],
    ['where calls are slow', { serviceMs: [400, 600] as const }],
  ])('%s', async (_name, upstream) => {
    const findings = await findEach(() => ({ concurrency: 6, ...upstream }))

    expect(findings.map(({ limit }) => limit)).toEqual(SEEDS.map(() => 6))
  })

  test.each([
    [4, () => slidingLog(60, 10_000)],
    [10, () => fixedByClock(100, 10_000)],
    [12, () => slidingLog(90, 10_000)],
  ])('of %i beside a rate limit', async (concurrency, create) => {
    const findings = await findEach(() => ({ concurrency, limiter: create() }))

    expect(findings.map(({ limit }) => limit)).toEqual(SEEDS.map(() => concurrency))
  })
})

test('calls that fail at random are not mistaken for a limit', async () => {
  const findings = await findEach(() => ({ errorRate: 0.02 }))

  expect(findings.map(({ limit }) => limit).filter((limit) => limit !== null)).toEqual([])
})

test('a rate limit is recognised by a single call once no call is in flight', async () => {
  const findings = await findEach(() => ({ limiter: fixedFromFirst(9, 60_000), retryAfter: 'exact' }), 8)

  // The burst of 8, and the call after it.
  expect(new Set(findings.map(({ rejected }) => rejected))).toEqual(new Set([8 + 1]))
})

test('a status of its own shows the limit, although the rate is exceeded as well', async () => {
  const findings = await findEach(() => ({ concurrency: 5, busyStatus: 503, limiter: tokenBucket(20, 20) }))

  expect(findings.map(({ limit }) => limit)).toEqual(SEEDS.map(() => 5))
})

test.each([429, 503])(
  'a rate that is met while the limit is confirmed does not change it, with %i for it',
  async (busyStatus) => {
    const findings = await findEach(() => ({ concurrency: 5, busyStatus, limiter: tokenBucket(20, 40) }))

    expect(new Set(findings.map(({ limit }) => limit ?? 5))).toEqual(new Set([5]))
  },
)

test('half of the budget of rejections remains for the rate', async () => {
  const findings = await findEach(() => ({ limiter: slidingLog(260, 60_000) }), 1000)

  // The budget is 500.
  expect(Math.max(...findings.map(({ rejected }) => rejected))).toBeLessThanOrEqual(250)
})

test('a limit is hardly ever claimed where rejections do not recur in the same way', async () => {
  const findings = await findEach(() => ({ errorRate: 0.03, errorStatus: 503 }), 64)

  expect(findings.filter(({ limit }) => limit !== null).length).toBeLessThanOrEqual(SEEDS.length / 20)
})

test('a rate that is met while the limit is confirmed does not lower it call by call', async () => {
  const findings = await findEach(() => ({ concurrency: 5, limiter: tokenBucket(20, 40) }))

  expect(findings.filter(({ limit }) => limit !== null && limit < 4)).toEqual([])
})
