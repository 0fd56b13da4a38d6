import { exclusiveServer, redisTest } from '@sluice/testing'
import { Redis } from 'ioredis'
import { describe, expect } from 'vitest'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readSeries } from '../../src/batch/read-series.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import { updateBatch } from '../../src/batch/update-batch.ts'
import { closeEngine, createEngine, type Engine } from '../../src/engine.ts'
import { BatchNotFoundError } from '../../src/errors.ts'
import type { Sample } from '../../src/model/series.ts'
import type { Outcome, Turn } from '../../src/scripts/take-turns.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest, expectNoTrace } from '../support/engine-test.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { Random } from '../support/random.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { timedTurns, type TakeTimedTurn } from '../support/timed-turns.ts'

/** The script with a replaced clock is loaded into one server, so the tests need a server of their own. */
const timedTest = redisTest
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

/** One ticket that takes turns at given times. */
class TimedTicket {
  readonly #take: TakeTimedTurn
  #turn = 0

  constructor(take: TakeTimedTurn) {
    this.#take = take
  }

  /** Settles outcomes at a time, in ms, and leases tasks. Returns the seqs. */
  async lease(now: number, outcomes: Outcome[], want = 10): Promise<number[]> {
    const turn: Turn = { ticket: 0, run: '1.1', turn: (this.#turn += 1), intent: 'lease', want, outcomes }
    const { reply } = await this.#take(now, turn)
    return reply.kind === 'run' ? reply.tasks.map(({ seq }) => seq) : []
  }
}

async function startBatch(engine: Engine, tasks: number) {
  const id = await newBatch(engine, {
    tasks,
    concurrency: 1,
    retry: { maxAttempts: 100, minDelayMs: 0, maxDelayMs: 0 },
  })
  return { id, ticket: new TimedTicket(await timedTurns(engine.redis as Redis, engine.keys.batch(id))) }
}

const countsOf = ({ completed: done, failed: lost, retried, postponed: refused }: Sample) => [
  done,
  lost,
  retried,
  refused,
]

describe('the series of a batch', () => {
  timedTest('has for each period what was recorded in it, with the durations', async ({ engine }) => {
    const { id, ticket } = await startBatch(engine, 30)
    const from = Date.now()
    await ticket.lease(from, [])
    await ticket.lease(from + 4000, [completed(0, { durationMs: 100 }), completed(1, { durationMs: 900 })])
    await ticket.lease(from + 12_000, [failed(2, { durationMs: 50 }), retry(3, { delayMs: 100_000_000 })])
    await ticket.lease(from + 35_000, [postponed(4, { delayMs: 100_000_000, isLimited: true })])

    const { periodMs, samples } = await readSeries(engine, id)

    expect(periodMs).toBe(10_000)
    expect(samples.map(({ at }) => at.getTime() - from)).toEqual([0, 10_000, 30_000])
    expect(samples.map(countsOf)).toEqual([
      [2, 0, 0, 0],
      [0, 1, 1, 0],
      [0, 0, 0, 1],
    ])
    expect(samples[0]?.p50Ms).toBeGreaterThanOrEqual(100)
    expect(samples[0]?.p50Ms).toBeLessThanOrEqual(110)
    expect(samples[0]?.p95Ms).toBeGreaterThanOrEqual(900)
    expect(samples[0]?.p95Ms).toBeLessThanOrEqual(990)
    expect(samples[1]?.p95Ms).toBeLessThanOrEqual(55)
    expect(samples[2]).toMatchObject({ p50Ms: null, p95Ms: null, running: 1 })
  })

  timedTest('has the concurrency and the criteria of each period, as they were then', async ({ engine }) => {
    const { id, ticket } = await startBatch(engine, 40)
    await updateBatch(engine, id, {
      concurrency: 4,
      interruptionCriteria: { maxFailedTasks: 10, maxErrorRate: 0.8, maxBatchRuntimeMs: 100_000, minSample: 2 },
    })
    const from = Date.now()
    await ticket.lease(from, [])
    await ticket.lease(from + 1000, [completed(0), completed(1), completed(2), failed(3)])
    await ticket.lease(from + 11_000, [failed(4)])
    await updateBatch(engine, id, { concurrency: 9, interruptionCriteria: { maxFailedTasks: 4, maxErrorRate: null } })
    await ticket.lease(from + 22_000, [])

    const { samples } = await readSeries(engine, id)

    expect(samples.slice(0, 2)).toMatchObject([
      { concurrency: 4, criteria: { maxErrorRate: 0.315, maxFailedTasks: 0.1, maxBatchRuntimeMs: 0.1 } },
      { concurrency: 9, criteria: { maxFailedTasks: 0.5, maxBatchRuntimeMs: 0.2 } },
    ])
    expect(samples[1]?.criteria).not.toHaveProperty('maxErrorRate')
    expect(samples[2]).toMatchObject({ concurrency: 9, criteria: { maxFailedTasks: 0.5 } })
  })

  timedTest('agrees with a model over hours, and stays bounded', { timeout: 120_000 }, async ({ engine }) => {
    const { id, ticket } = await startBatch(engine, 6000)
    const random = new Random(7)
    const from = Date.now()
    const recorded: { at: number; outcome: Outcome }[] = []
    let held = await ticket.lease(from, [], 4)
    let now = from
    for (let step = 0; step < 1200; step += 1) {
      now += random.next() < 0.02 ? random.next() * 600_000 : random.next() * 25_000
      now = Math.floor(now)
      const outcomes = held.map((seq) => outcomeOf(seq, random.next()))
      for (const outcome of outcomes) recorded.push({ at: now, outcome })
      held = await ticket.lease(now, outcomes, 4)
    }

    const { periodMs, samples } = await readSeries(engine, id)

    expect(periodMs).toBeGreaterThan(10_000)
    expect(samples.length).toBeLessThanOrEqual(721)
    expect(samples.length).toBeGreaterThan(100)
    expect(await engine.redis.strlen(engine.keys.batch(id).series)).toBeLessThan(720 * 34)
    expect(
      Object.fromEntries(samples.map((sample) => [sample.at.getTime(), countsOf(sample)]).filter(hasCounts)),
    ).toEqual(modelOf(recorded, from, periodMs))
  })

  timedTest('counts no failure twice, and none negatively, when failed tasks are retried', async ({ engine }) => {
    const { id, ticket } = await startBatch(engine, 4)
    const from = Date.now()
    await ticket.lease(from, [], 1)
    await ticket.lease(from + 1000, [failed(0)], 1)
    await ticket.lease(from + 11_000, [failed(1)], 1)
    await retryTasks(engine, id)
    await ticket.lease(from + 22_000, [], 1)

    const { samples, marks } = await readSeries(engine, id)

    expect(samples.map(({ failed: lost }) => lost)).toEqual([1, 1, 0])
    expect(marks.map(({ kind }) => kind).toSorted()).toEqual(['retried', 'started'])
  })
})

function outcomeOf(seq: number, choice: number): Outcome {
  if (choice < 0.7) return completed(seq, { durationMs: 1 + Math.floor(choice * 1000) })
  if (choice < 0.8) return failed(seq)
  return choice < 0.9 ? retry(seq, { delayMs: 0 }) : postponed(seq, { delayMs: 1, isLimited: true })
}

function hasCounts([, counts]: (number | number[])[]): boolean {
  return (counts as number[]).some((count) => count > 0)
}

const PLACES = ['completed', 'failed', 'retry', 'postponed']

/** What each period of a series must count. */
function modelOf(recorded: readonly { at: number; outcome: Outcome }[], from: number, periodMs: number) {
  const periods: Record<number, number[]> = {}
  for (const { at, outcome } of recorded) {
    const counts = (periods[at - ((at - from) % periodMs)] ??= [0, 0, 0, 0])
    const place = PLACES.indexOf(outcome.kind)
    counts[place] = (counts[place] ?? 0) + 1
  }
  return periods
}

describe('a series', () => {
  engineTest('of a batch that ends within ten seconds is one sample, and stores nothing', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })
    expect(await readSeries(engine, id)).toEqual({ periodMs: 10_000, samples: [], marks: [] })

    await runToEnd(new TicketDriver(engine, id), 3, ({ seq }) => completed(seq))

    const { samples, marks } = await readSeries(engine, id)
    expect(samples).toMatchObject([{ completed: 3, failed: 0, running: 0, waiting: 0 }])
    expect(marks.map(({ kind }) => kind)).toEqual(['started', 'finished'])
    const { series, series_base: base } = engine.keys.batch(id)
    expect(await engine.redis.exists(series)).toBe(0)
    expect(await engine.redis.exists(base)).toBe(0)
  })

  engineTest('marks interruptions, resumptions and changes, each once', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
    await new TicketDriver(engine, id).lease(1)
    await updateBatch(engine, id, { concurrency: 2 })
    await updateBatch(engine, id, { concurrency: 3 })
    await interruptBatch(engine, id, { reason: 'lunch' })
    await resumeBatch(engine, id)

    const { marks } = await readSeries(engine, id)

    expect(marks.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['started', null],
      ['changed', null],
      ['interrupted', 'lunch'],
      ['resumed', null],
    ])
  })

  engineTest('is deleted with its batch', async ({ engine, redis, prefix }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await updateBatch(engine, id, { priority: 1 })
    // As if its first period had ended.
    await engine.redis.hset(engine.keys.batch(id).meta, 'sample_at', 1)
    await ticket.lease(1, [completed(0)])
    expect(await engine.redis.strlen(engine.keys.batch(id).series)).toBe(34)

    await deleteBatch(engine, id)

    await expectNoTrace(redis, prefix, id)
    await expect(readSeries(engine, id)).rejects.toThrow(BatchNotFoundError)
  })
})
