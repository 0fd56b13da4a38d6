import { seededRandom } from '@sluice/testing'
import { expect, test } from 'vitest'
import { drain } from '../src/drain.ts'
import type { Probe } from '../src/probe.ts'
import { ProbeSession } from '../src/probe-session.ts'
import { tokenBucket } from './support/limiters.ts'
import { VirtualClock } from './support/virtual-clock.ts'
import { virtualUpstream, type VirtualUpstreamOptions } from './support/virtual-upstream.ts'

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)

function sessionOf(clock: VirtualClock, probe: Probe): ProbeSession {
  const budgets = { requests: 5000, rejections: 500, seconds: 3600, maxConcurrency: 32 }
  return new ProbeSession({ probe, clock, budgets, signal: new AbortController().signal })
}

async function drainOf(upstream: VirtualUpstreamOptions, seed: number) {
  const clock = new VirtualClock(100_000)
  const probe = virtualUpstream(clock, seededRandom(seed), upstream)
  const session = sessionOf(clock, probe)
  const drained = await clock.run(drain(session, { width: 6, maxWidth: 6, maxCalls: 500, maxMs: Infinity }))
  return { ...drained, session }
}

test('a 503 now and then does not end a drain, and does not count as a rejection', async () => {
  const drains = await Promise.all(SEEDS.map((seed) => drainOf({ errorRate: 0.03, errorStatus: 503 }, seed)))

  const ended = drains.filter(({ isRejected }) => isRejected)
  expect(ended.length).toBeLessThanOrEqual(SEEDS.length / 20)
  const outcomes = new Set(
    drains.flatMap(({ isRejected, session }) => (isRejected ? [] : session.calls.map(({ outcome }) => outcome))),
  )
  expect(outcomes).toEqual(new Set(['accepted', 'failed']))
})

test('a 503 to each call ends a drain, because the rate is met', async () => {
  const drains = await Promise.all(
    SEEDS.map((seed) => drainOf({ limiter: tokenBucket(20, 20), rateStatus: 503 }, seed)),
  )

  expect(drains.map(({ isRejected }) => isRejected)).toEqual(SEEDS.map(() => true))
})

test('a drain with more calls at once than the upstream accepts goes on with fewer, until the rate is met', async () => {
  const clock = new VirtualClock(100_000)
  const upstream = { concurrency: 3, busyStatus: 503, limiter: tokenBucket(20, 60) }
  const probe = virtualUpstream(clock, seededRandom(1), upstream)
  const session = sessionOf(clock, probe)
  const options = { maxCalls: 500, maxMs: Infinity }
  const drainTwice = async () => {
    await drain(session, { width: 3, maxWidth: 3, ...options })
    await session.sleep(5000)
    return await drain(session, { width: 6, maxWidth: 6, ...options })
  }

  const { isRejected, width, accepted } = await clock.run(drainTwice())

  expect({ isRejected, width }).toEqual({ isRejected: true, width: 3 })
  expect(accepted).toBeGreaterThanOrEqual(60)
})
