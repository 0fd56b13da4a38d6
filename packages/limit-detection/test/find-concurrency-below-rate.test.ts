import { seededRandom } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import { Allowance } from '../src/allowance.ts'
import type { RateEstimate } from '../src/choose-fit.ts'
import { drain } from '../src/drain.ts'
import { findConcurrencyBelowRate } from '../src/find-concurrency-below-rate.ts'
import type { ConcurrencyFinding } from '../src/concurrency-finding.ts'
import { ProbeSession } from '../src/probe-session.ts'
import { fixedByClock, slidingLog, tokenBucket } from './support/limiters.ts'
import { VirtualClock } from './support/virtual-clock.ts'
import { virtualUpstream, type VirtualUpstreamOptions } from './support/virtual-upstream.ts'

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed)

/** A search that a rate limit ended after bursts of 2. */
const KNOWN: ConcurrencyFinding = { limit: null, atLeast: 2, tried: 4, isConfirmed: false, calls: [], endedBy: 'rate' }

const window = (max: number, perMs: number): RateEstimate => ({
  family: 'sliding_log',
  max,
  perMs,
  range: [max, max],
  error: 0,
  isClear: true,
})
const bucket = (perSecond: number, burst: number): RateEstimate => ({
  ...window(perSecond, 1000),
  family: 'token_bucket',
  burst,
})

interface Search {
  estimate: RateEstimate
  known?: ConcurrencyFinding
  seconds?: number
  max?: number
  /** Whether the rate limit is met before the search. Default: false. */
  isMet?: boolean
}

async function search(
  upstream: VirtualUpstreamOptions,
  { estimate, known = KNOWN, seconds = 3600, max = 32, isMet = false }: Search,
  seed = 1,
) {
  const random = seededRandom(seed)
  const clock = new VirtualClock(500_000 + 1_000_000 * random())
  const budgets = { requests: 5000, rejections: 500, seconds, maxConcurrency: max }
  const { signal } = new AbortController()
  const session = new ProbeSession({ probe: virtualUpstream(clock, random, upstream), clock, budgets, signal })
  const allowance = new Allowance(session, estimate)
  if (isMet) await clock.run(drain(session, { width: 2, maxWidth: 2, maxCalls: 100, maxMs: Infinity }))
  const finding = await clock.run(findConcurrencyBelowRate(session, { known, allowance, max }))
  return { ...finding, session }
}

describe.each([503, 429])('a concurrency limit that answers %i', (busyStatus) => {
  test.each([
    [3, bucket(5, 5), () => tokenBucket(5, 5)],
    [5, bucket(20, 20), () => tokenBucket(20, 20)],
    [4, window(8, 1000), () => slidingLog(8, 1000)],
    [7, window(60, 60_000), () => fixedByClock(60, 60_000)],
  ])('of %i is found below a rate that is met first', async (concurrency, estimate, create) => {
    const upstream = () => ({ concurrency, busyStatus, limiter: create() })

    const findings = await Promise.all(SEEDS.map((seed) => search(upstream(), { estimate }, seed)))

    expect(findings.map(({ limit, isConfirmed }) => [limit, isConfirmed])).toEqual(SEEDS.map(() => [concurrency, true]))
  })
})

test('a limit as high as the allowance is found if it has a status of its own', async () => {
  const upstream = { concurrency: 5, busyStatus: 503, limiter: tokenBucket(5, 5) }

  expect((await search(upstream, { estimate: bucket(5, 5), isMet: true })).limit).toBe(5)
})

test.each([503, 429])('a limit above the allowance is not claimed, with %i for it', async (busyStatus) => {
  const upstream = { concurrency: 12, busyStatus, limiter: tokenBucket(5, 5) }

  expect(await search(upstream, { estimate: bucket(5, 5) })).toMatchObject({ limit: null, atLeast: 5 })
})

test('an allowance that was estimated too high is not mistaken for a concurrency limit', async () => {
  const findings = await Promise.all(
    SEEDS.map((seed) => search({ limiter: slidingLog(6, 1000) }, { estimate: window(12, 1000) }, seed)),
  )

  expect(findings.map(({ limit }) => limit)).toEqual(SEEDS.map(() => null))
})

test('no call is rejected for its rate, because each burst waits for the allowance', async () => {
  const upstream = { concurrency: 7, busyStatus: 503, limiter: slidingLog(20, 10_000) }

  const { session } = await search(upstream, { estimate: window(20, 10_000) })

  expect(session.calls.filter(({ status }) => status === 429)).toEqual([])
})

test('nothing is sent if the allowance takes longer to recover than there is time', async () => {
  const upstream = { concurrency: 7, busyStatus: 503, limiter: slidingLog(20, 60_000) }

  const { session, limit } = await search(upstream, { estimate: window(20, 60_000), seconds: 90 })

  expect(limit).toBeNull()
  expect(session.cost.requests).toBe(0)
})

test('a limit that a rate has lowered is corrected', async () => {
  const known = { ...KNOWN, limit: 2, isConfirmed: true }
  const upstream = () => ({ concurrency: 5, busyStatus: 429, limiter: tokenBucket(20, 40) })

  const findings = await Promise.all(SEEDS.map((seed) => search(upstream(), { estimate: bucket(20, 40), known }, seed)))

  expect(findings.map(({ limit, isConfirmed }) => [limit, isConfirmed])).toEqual(SEEDS.map(() => [5, true]))
})

test.each([
  ['capacity of a bucket', bucket(7, 8), () => tokenBucket(7, 7)],
  ['maximum of a window', window(7, 1000), () => slidingLog(7, 1000)],
])('a limit is not claimed at the %s, with the status of the rate', async (_name, estimate, create) => {
  const known = { ...KNOWN, limit: 7, atLeast: 7, isConfirmed: true }
  const upstream = () => ({ concurrency: 11, busyStatus: 429, limiter: create(), serviceMs: [40, 400] as const })

  const findings = await Promise.all(
    SEEDS.flatMap((seed) => [search(upstream(), { estimate }, seed), search(upstream(), { estimate, known }, seed)]),
  )

  expect(findings.map(({ limit }) => limit)).toEqual(findings.map(() => null))
})

test('a confirmed limit remains if the allowance takes longer to recover than there is time', async () => {
  const known = { ...KNOWN, limit: 5, atLeast: 5, isConfirmed: true }
  const upstream = { concurrency: 5, busyStatus: 429, limiter: slidingLog(20, 60_000) }

  const { session, limit, isConfirmed } = await search(upstream, { estimate: window(20, 60_000), known, seconds: 90 })

  expect({ limit, isConfirmed, requests: session.cost.requests }).toEqual({ limit: 5, isConfirmed: true, requests: 0 })
})

test('a limit that is known already is confirmed', async () => {
  const upstream = { concurrency: 5, busyStatus: 429, limiter: tokenBucket(20, 20) }
  const known = { ...KNOWN, limit: 5, atLeast: 5 }

  expect(await search(upstream, { estimate: bucket(20, 20), known })).toMatchObject({ limit: 5, isConfirmed: true })
})
