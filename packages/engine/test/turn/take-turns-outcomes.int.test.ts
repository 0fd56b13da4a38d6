import { describe, expect } from 'vitest'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { readTask } from '../../src/task/read-task.ts'
import { newBatch, tasksOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed, failed, postponed, retry } from '../support/outcomes.ts'
import { seqsOf, TicketDriver } from '../support/ticket-driver.ts'

describe('settling outcomes', () => {
  engineTest("records result, duration and Redis's time of a completed task", async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 2 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    const [seconds = 0] = await redis.time()

    await ticket.release([completed(0, { durationMs: 12.5, result: { ok: '✓' } })])

    const task = await readTask(engine, id, 0)
    expect(task).toMatchObject({ state: 'completed', attempts: 1, durationMs: 12.5, result: { ok: '✓' }, error: null })
    expect(task.finishedAt?.getTime()).toBeGreaterThanOrEqual(seconds * 1000)
    expect(await readTask(engine, id, 1)).toMatchObject({ state: 'pending', attempts: 0, finishedAt: null })
  })

  engineTest('records the error of a failed task, which is never leased again', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    const reply = await ticket.lease(2, [failed(0, { failureClass: 'auth' })])

    expect(seqsOf(reply)).toEqual([1])
    expect(await readTask(engine, id, 0)).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { failureClass: 'auth' },
    })
  })

  engineTest('delays a task to retry, with the error of its last attempt', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    const before = Date.now()

    await ticket.release([retry(0, { delayMs: AN_HOUR_MS })])

    const task = await readTask(engine, id, 0)
    expect(task).toMatchObject({ state: 'delayed', attempts: 1, error: { failureClass: 'server' } })
    expect(Math.abs(Number(task.dueAt) - before - AN_HOUR_MS)).toBeLessThan(10_000)
    expect((await readBatch(engine, id)).nextDueAt).toEqual(task.dueAt)
  })

  engineTest('delays a postponed task without spending an attempt', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    await ticket.release([postponed(0)])

    expect(await readTask(engine, id, 0)).toMatchObject({ state: 'delayed', attempts: 0 })
    expect(await tallies(engine, id)).toMatchObject({ postponements: 1, retries: 0 })
  })

  engineTest('records outcomes of several pages in one turn, each for its own task', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 200, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    const first = seqsOf(await ticket.lease(100))
    const second = seqsOf(
      await ticket.lease(
        100,
        first.map((seq) => completed(seq, { result: seq })),
      ),
    )

    await ticket.release(second.map((seq) => (seq % 2 === 0 ? completed(seq, { result: seq }) : failed(seq))))

    const tasks = await tasksOf(engine, id)
    expect(tasks.map(({ result }) => result)).toEqual(
      range(200).map((seq) => (seq < 100 || seq % 2 === 0 ? seq : null)),
    )
  })
})

describe('a turn ignores', () => {
  engineTest('an outcome of a task that another ticket holds', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 2 })
    const [mine, theirs] = range(2).map((ticket) => new TicketDriver(engine, id, { ticket })) as [
      TicketDriver,
      TicketDriver,
    ]
    await mine.lease(1)
    await theirs.lease(1)

    await mine.release([completed(0), failed(1)])

    expect((await tasksOf(engine, id)).map(({ state }) => state)).toEqual(['completed', 'running'])
  })

  engineTest('an outcome of a task that is not leased or does not exist', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    await ticket.release([completed(1), failed(2), completed(3), completed(999)])

    expect((await readBatch(engine, id)).counts).toMatchObject({ pending: 3, completed: 0, failed: 0 })
  })

  engineTest('a second outcome of the same task', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    await ticket.release([completed(0), failed(0), retry(0)])

    expect((await readBatch(engine, id)).counts).toMatchObject({ pending: 1, completed: 1, failed: 0, delayed: 0 })
    expect(await tallies(engine, id)).toMatchObject({ retries: 0, consecutive_failures: 0 })
  })
})

describe('a turn counts', () => {
  engineTest('consecutive failed attempts, until one succeeds', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    const rows: number[] = []

    for (const outcome of [failed(0), retry(1), postponed(2), completed(3), failed(4)]) {
      await ticket.lease(1)
      await ticket.release([outcome])
      rows.push((await tallies(engine, id)).consecutive_failures)
    }

    expect(rows).toEqual([1, 2, 2, 0, 1])
  })

  engineTest('responses of 429 and of 502 or 503, whether or not the task is retried', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 5, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(5)

    await ticket.release([
      postponed(0),
      failed(1, { failureClass: 'rate_limited' }),
      retry(2, { failureClass: 'overloaded' }),
      failed(3, { failureClass: 'overloaded' }),
      retry(4, { failureClass: 'server' }),
    ])

    expect(await tallies(engine, id)).toMatchObject({
      rate_limit_hits: 2,
      concurrency_errors: 2,
      retries: 2,
      postponements: 1,
    })
  })
})

const TALLIES = ['retries', 'postponements', 'consecutive_failures', 'rate_limit_hits', 'concurrency_errors'] as const

async function tallies({ redis, keys }: Engine, id: string): Promise<Record<(typeof TALLIES)[number], number>> {
  const values = await redis.hmget(keys.batch(id).meta, ...TALLIES)
  return Object.fromEntries(TALLIES.map((field, i) => [field, Number(values[i] ?? 0)])) as Record<
    (typeof TALLIES)[number],
    number
  >
}
