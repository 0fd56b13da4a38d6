import { exclusiveServer, redisTest } from '@sluice/testing'
import { Redis } from 'ioredis'
import { describe, expect } from 'vitest'
import { closeEngine, createEngine, type Engine } from '../../src/engine.ts'
import { newBatch } from '../support/batches.ts'
import type { Outcome } from '../../src/scripts/take-turns.ts'
import { completed, postponed } from '../support/outcomes.ts'
import { Random } from '../support/random.ts'
import { atOnce, bucket, fixed, sliding, type SimulatedUpstream } from '../support/simulated-upstream.ts'
import { timedTurns } from '../support/timed-turns.ts'
import { runVirtually, type VirtualCall } from '../support/virtual-worker.ts'

const SECOND_US = 1_000_000
const MINUTE_US = 60 * SECOND_US

/** The script with a replaced clock is loaded into one server, so the test needs a server of its own. */
const test = redisTest
  .override('redisServer', { scope: 'file' }, exclusiveServer)
  .extend('engine', ({ redisUrl, prefix, onTestFinished }) => {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null })
    const engine = createEngine({ redis, prefix })
    onTestFinished(async () => {
      await closeEngine(engine)
      redis.disconnect()
    })
    return engine
  })

interface Scenario {
  upstream: SimulatedUpstream
  tasks: number
  tickets?: number
  latencyMs?: readonly [number, number]
  /** Called when an accepted call ends. */
  onEnd?: () => void
}

async function run(
  engine: Engine,
  { upstream, tasks, tickets = 20, latencyMs = [10, 200], onEnd = () => {} }: Scenario,
): Promise<VirtualCall[]> {
  const id = await newBatch(engine, { tasks, concurrency: tickets })
  const random = new Random(1)
  return await runVirtually({
    take: await timedTurns(engine.redis as Redis, engine.keys.batch(id)),
    upstream,
    tickets,
    latencyMs,
    onEnd,
    from: Date.now(),
    random: () => random.next(),
  })
}

/** The share of the calls that were refused, and how many were accepted per second. */
function measure(calls: readonly VirtualCall[]): { refused: number; perSecond: number } {
  const accepted = calls.filter(({ isAccepted }) => isAccepted).length
  const seconds = ((calls.at(-1)?.at ?? 0) - (calls[0]?.at ?? 0)) / 1000
  return { refused: (calls.length - accepted) / calls.length, perSecond: accepted / seconds }
}

function secondHalf(calls: readonly VirtualCall[]): readonly VirtualCall[] {
  return calls.slice(calls.length / 2)
}

describe('a batch whose upstream refuses calls without a time', () => {
  test.for<[name: string, upstream: () => SimulatedUpstream, perSecond: number, tasks: number]>([
    ['60 in each minute', () => fixed(60, MINUTE_US), 1, 1000],
    ['60 in any minute', () => sliding(60, MINUTE_US), 1, 1000],
    ['a bucket of 60 that refills by 1 per second', () => bucket(60, 1), 1, 1000],
    ['a bucket of 1 that refills by 1 in 10 seconds', () => bucket(1, 0.1), 0.1, 400],
    ['60 in any 10 seconds', () => sliding(60, 10 * SECOND_US), 6, 2000],
    ['a bucket of 100 that refills by 100 per second', () => bucket(100, 100), 100, 5000],
  ])('adapts its pace to %s', async ([, upstream, perSecond, tasks], { engine }) => {
    const calls = await run(engine, { upstream: upstream(), tasks })

    expect(calls.filter(({ isAccepted }) => isAccepted)).toHaveLength(tasks)
    const late = measure(secondHalf(calls))
    expect(late.refused).toBeLessThan(0.03)
    expect(late.perSecond / perSecond).toBeGreaterThan(0.8)
  })

  test('adapts its pace to an upstream that runs 5 calls at once', async ({ engine }) => {
    const { upstream, end } = atOnce(5)

    const calls = await run(engine, { upstream, onEnd: end, tasks: 500, latencyMs: [800, 1200] })

    const late = measure(secondHalf(calls))
    expect(late.refused).toBeLessThan(0.03)
    expect(late.perSecond).toBeGreaterThan(2.5)
  })

  test('runs 300 tasks at 60 a minute in less than six minutes, with few refusals', async ({ engine }) => {
    const calls = await run(engine, { upstream: fixed(60, MINUTE_US), tasks: 300, tickets: 10 })

    expect(measure(calls).refused).toBeLessThan(0.08)
    expect(calls.at(-1)?.at).toBeLessThan(6 * 60_000)
  })

  test('is not misled by calls that were accepted before the first refusal, and end after it', async ({ engine }) => {
    const calls = await run(engine, { upstream: sliding(60, MINUTE_US), tasks: 300, tickets: 50 })

    expect(measure(calls).refused).toBeLessThan(0.07)
  })

  test('calls a few times a minute while the upstream refuses all calls, and recovers afterwards', async ({
    engine,
  }) => {
    const opensAt = 3600_000
    let from: number | undefined
    const upstream = (at: number) => at / 1000 - (from ??= at / 1000) > opensAt

    const calls = await run(engine, { upstream, tasks: 1000 })

    const refused = calls.filter(({ isAccepted }) => !isAccepted)
    expect(refused.length).toBeLessThan(20 + 70)
    expect(calls.at(-1)?.at).toBeLessThan(opensAt + 20 * 60_000)
  })

  test('gives up its pace if refusals come at any pace', async ({ engine }) => {
    const random = new Random(7)
    const upstream = () => random.next() > 0.3

    const calls = await run(engine, { upstream, tasks: 2000 })

    // With the least pace, one per minute, the tasks would take 33 hours. The delays of the refused tasks add up to minutes.
    expect(calls.at(-1)?.at).toBeLessThan(20 * 60_000)
  })

  test('soon gives up a pace that does not lower the share of refusals', async ({ engine }) => {
    const random = new Random(5)
    const upstream = () => random.next() > 0.07

    const calls = await run(engine, { upstream, tasks: 6000 })

    expect(measure(calls).perSecond).toBeGreaterThan(20)
  })

  test('has another task probe after 30 seconds if the first is never reported', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 20, concurrency: 8 })
    const take = await timedTurns(engine.redis as Redis, engine.keys.batch(id))
    const from = Date.now()
    const lease = async (ticket: number, turn: number, now: number, outcomes: Outcome[] = []) =>
      (await take(now, { ticket, run: '1.1', turn, intent: 'lease', want: 1, outcomes })).reply.kind
    for (let i = 0; i < 6; i += 1) await lease(i, 1, from)
    for (let i = 0; i < 5; i += 1) await lease(i, 2, from + 1, [postponed(i)])

    const replies = [
      await lease(0, 3, from + 2000),
      await lease(1, 3, from + 2001),
      await lease(1, 4, from + 31_999),
      await lease(1, 5, from + 32_000),
      await lease(2, 3, from + 32_001),
    ]

    expect(replies).toEqual(['run', 'wait', 'wait', 'run', 'wait'])
  })

  test('goes on when the clock is set back by an hour', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 20, concurrency: 8 })
    const take = await timedTurns(engine.redis as Redis, engine.keys.batch(id))
    const from = Date.now() + 3600_000
    const lease = async (ticket: number, turn: number, now: number, outcomes: Outcome[] = []) =>
      (await take(now, { ticket, run: '1.1', turn, intent: 'lease', want: 1, outcomes })).paceChange?.kind
    for (let i = 0; i < 6; i += 1) await lease(i, 1, from)
    for (let i = 0; i < 5; i += 1) await lease(i, 2, from + 1, [postponed(i)])
    await lease(0, 3, from + 2000)
    const back = from - 3600_000
    await engine.redis.hset(engine.keys.batch(id).meta, 'paused_until', 0)

    await lease(1, 3, back)
    const change = await lease(1, 4, back + 100, [completed(7)])

    expect(change).toBe('reopened')
  })
})
