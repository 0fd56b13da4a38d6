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

  engineTest('has the latest failures with their times, newest first, at most 20', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 40, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(40)
    const record = (message: string) =>
      JSON.stringify({ ms: 1, attempt: 1, error: { failureClass: 'server', message } })
    const before = Date.now()
    await ticket.continue([failed(0), completed(1), { ...retry(2), record: record('x'.repeat(3_000_000)) }])
    await ticket.continue([postponed(3, { pauseMs: 0 }), { ...failed(4), record: record('=1+1 é\n') }])

    const { latestFailures } = await readReport(engine, id)

    expect(latestFailures.map(({ seq, outcome, message }) => [seq, outcome, message])).toEqual([
      [4, 'failed', '=1+1 é\n'],
      [3, 'postponed', 'it broke'],
      [2, 'retry', 'server 500: it broke'],
      [0, 'failed', 'it broke'],
    ])
    expect(Math.abs((latestFailures[0]?.at.getTime() ?? 0) - before)).toBeLessThan(60_000)

    await ticket.continue(range(25).map((i) => failed(5 + i)))
    const seqs = (await readReport(engine, id)).latestFailures.map(({ seq }) => seq)
    expect(seqs).toEqual(range(20).map((i) => 29 - i))
    expect(await redis.llen(engine.keys.batch(id).latest)).toBe(20)
  })

  engineTest('has no list of failures while there are none', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 200, concurrency: 1 })
    await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) => completed(seq, { durationMs: seq + 1 }))

    const { executionMs, latestFailures, retriedTasks } = await readReport(engine, id)

    expect(latestFailures).toEqual([])
    expect(retriedTasks).toBe(0)
    expect(await redis.exists(engine.keys.batch(id).latest)).toBe(0)
    expect(executionMs).toMatchObject({ count: 200, min: 1, mean: 100.5, max: 200 })
  })

  engineTest('counts the tasks that were retried, and how they ended, a lost worker included', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
    const first = new TicketDriver(engine, id)
    const again = (seq: number, attempt: number) => ({
      ...completed(seq),
      record: `{"ms":1,"attempt":${attempt},"result":{"attempt":1}}`,
    })
    await first.lease(6)
    await first.continue([retry(0, { delayMs: 0 }), retry(1, { delayMs: 0 }), completed(2)])
    await first.release([retry(3, { delayMs: 0 })])
    const lost = new TicketDriver(engine, id, { run: '2.1' })
    await lost.lease(1)
    const ticket = new TicketDriver(engine, id, { run: '3.1' })
    const reports = [await readReport(engine, id)]
    await runToEnd(ticket, 6, ({ seq, attempt }) => (seq === 1 ? failed(1) : again(seq, attempt)))
    reports.push(await readReport(engine, id))

    const numbers = reports.map(({ retriedTasks, retriedCompleted, retriedFailed }) => [
      retriedTasks,
      retriedCompleted,
      retriedFailed,
    ])
    expect(numbers).toEqual([
      [3, 0, 0],
      [4, 3, 1],
    ])
  })

  engineTest('says which tasks are stuck after a time of the caller', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await new TicketDriver(engine, id).lease(1)

    expect(await readReport(engine, id)).toMatchObject({ stuckAfterMs: 60_000, stuckTasks: [] })
    await expect
      .poll(async () => await readReport(engine, id, { stuckAfterMs: 1 }))
      .toMatchObject({ stuckAfterMs: 1, stuckTasks: [{ seq: 0 }] })
  })
})

const TWO_MINUTES_MS = 120_000

/** Moves the start of a lease back by two minutes. */
function twoMinutesOlder(lease: string): string {
  const [run, turn, since, ...seqs] = lease.split(' ')
  return [run, turn, Number(since) - TWO_MINUTES_MS, ...seqs].join(' ')
}
