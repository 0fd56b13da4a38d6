import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { readReport } from '../../src/batch/read-report.ts'
import { BatchNotFoundError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { Random } from '../support/random.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1_000_000))

function exactPercentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
}

describe('the report of a batch', () => {
  engineTest(`has percentiles within a tenth of the exact ones (SLUICE_TEST_SEED=${SEED})`, async ({ engine }) => {
    const random = new Random(SEED)
    for (const count of [1, 2, 10, 700]) {
      // From 0.1 ms to about 26 minutes.
      const durations = range(count).map(() => 10 ** (random.next() * 7.2 - 1))
      const id = await newBatch(engine, { tasks: count, concurrency: 1 })
      await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) =>
        completed(seq, { durationMs: durations[seq] ?? 0 }),
      )

      const { executionMs } = await readReport(engine, id)

      const sorted = durations.toSorted((a, b) => a - b)
      expect(executionMs.count).toBe(count)
      expect(Math.abs(executionMs.max - exactPercentile(sorted, 1))).toBeLessThanOrEqual(0.05)
      for (const [name, share] of [
        ['p50', 0.5],
        ['p90', 0.9],
        ['p99', 0.99],
      ] as const) {
        const exact = exactPercentile(sorted, share)
        expect(executionMs[name], `${name} of ${count}`).toBeGreaterThanOrEqual(exact - 0.05)
        expect(executionMs[name], `${name} of ${count}`).toBeLessThanOrEqual(exact * 1.1 + 0.05)
      }
    }
  })

  engineTest('summarises tasks, attempts, durations and errors', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 10, concurrency: 1, code: 'c' })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(10)
    await ticket.release([
      ...range(5).map((seq) => completed(seq)),
      failed(5, { failureClass: 'auth', group: 'auth 401: no such key' }),
      retry(6, { group: 'server 500: broke' }),
      failed(7, { group: 'server 500: broke' }),
      postponed(8),
    ])
    await redis.hset(engine.keys.batch(id).meta, 'started_at', 1_000_000)
    await cancelBatch(engine, id)
    await redis.hset(engine.keys.batch(id).meta, 'finished_at', 1_002_000)

    const report = await readReport(engine, id)

    expect(report).toMatchObject({
      id,
      code: 'c',
      state: 'cancelled',
      counts: { total: 10, completed: 5, failed: 2, cancelled: 3 },
      durationMs: 2000,
      throughputPerSecond: 3.5,
      retries: 1,
      postponements: 1,
      lifetimeMs: { count: 7 },
      executionMs: { count: 8 },
      stuckTasks: [],
    })
    expect(report.errors[0]).toEqual({ failureClass: 'server', status: 500, message: 'broke', count: 2, sampleSeq: 6 })
    expect(report.errors.slice(1).toSorted((a, b) => a.sampleSeq - b.sampleSeq)).toEqual([
      { failureClass: 'auth', status: 401, message: 'no such key', count: 1, sampleSeq: 5 },
      { failureClass: 'rate_limited', status: 500, message: 'it broke', count: 1, sampleSeq: 8 },
    ])
  })

  engineTest('is all zero for a batch that has not started', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })

    const none = { count: 0, p50: 0, p90: 0, p99: 0, max: 0 }
    expect(await readReport(engine, id)).toMatchObject({
      durationMs: 0,
      throughputPerSecond: 0,
      executionMs: none,
      lifetimeMs: none,
      retries: 0,
      errors: [],
      stuckTasks: [],
    })
  })

  engineTest(
    'lists tasks that have run for more than a minute, but no ticket without tasks',
    async ({ engine, redis }) => {
      const id = await newBatch(engine, { tasks: 4, concurrency: 4 })
      const { leases } = engine.keys.batch(id)
      const tickets = range(3).map((ticket) => new TicketDriver(engine, id, { ticket }))
      for (const ticket of tickets) await ticket.lease(1)
      await tickets[2]?.release()
      for (const ticket of ['0', '2'])
        await redis.hset(leases, ticket, twoMinutesOlder(String(await redis.hget(leases, ticket))))

      const { stuckTasks } = await readReport(engine, id)

      expect(stuckTasks.map(({ seq }) => seq)).toEqual([0])
      expect(Math.abs((stuckTasks[0]?.runningForMs ?? 0) - TWO_MINUTES_MS)).toBeLessThan(10_000)
    },
  )

  engineTest('does not list a task that takes less than ten times the 99th percentile', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const { leases } = engine.keys.batch(id)
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.lease(1, [completed(0, { durationMs: 15_000 })])
    await redis.hset(leases, '0', twoMinutesOlder(String(await redis.hget(leases, '0'))))

    expect((await readReport(engine, id)).stuckTasks).toEqual([])
  })

  engineTest('is refused for an unknown batch', async ({ engine }) => {
    await expect(readReport(engine, 'nobody')).rejects.toThrow(BatchNotFoundError)
  })
})

const TWO_MINUTES_MS = 120_000

/** Moves the start of a lease back by two minutes. */
function twoMinutesOlder(lease: string): string {
  const [run, turn, since, ...seqs] = lease.split(' ')
  return [run, turn, Number(since) - TWO_MINUTES_MS, ...seqs].join(' ')
}
