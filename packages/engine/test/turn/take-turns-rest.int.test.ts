import { findKeys } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { range } from '../../src/range.ts'
import type { TurnReply } from '../../src/scripts/take-turns.ts'
import { envelopes, newBatch, tasksOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed, postponed, retry } from '../support/outcomes.ts'
import { runToEnd, seqsOf, TicketDriver } from '../support/ticket-driver.ts'

/** Returns the hours that a ticket waits, rounded. */
function hoursOf(reply: TurnReply): number {
  return reply.kind === 'wait' ? Math.round(reply.waitMs / AN_HOUR_MS) : Number.NaN
}

describe('a ticket without tasks to run now', () => {
  engineTest('retires when other tickets hold all remaining tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, concurrency: 2 })
    await new TicketDriver(engine, id, { ticket: 0 }).lease(1)

    expect(await new TicketDriver(engine, id, { ticket: 1 }).lease(1)).toEqual({ kind: 'retire' })
  })

  engineTest('waits until the next delayed task is due', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })

    const { end } = await runToEnd(new TicketDriver(engine, id), 2, ({ seq }) =>
      retry(seq, { delayMs: (2 - seq) * AN_HOUR_MS }),
    )

    expect(hoursOf(end)).toBe(1)
  })

  engineTest('returns to the end of the queue when it releases its tasks while there is work', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    expect(await ticket.release([completed(0)])).toEqual({ kind: 'wait', waitMs: 0 })
  })

  engineTest('wakes for a different task than the tickets that already wait', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 4 })
    const tickets = range(4).map((ticket) => new TicketDriver(engine, id, { ticket }))
    for (const ticket of tickets) await ticket.lease(1)
    const waits: number[] = []

    for (const [i, ticket] of tickets.entries()) {
      waits.push(hoursOf(await ticket.lease(1, [retry(i, { delayMs: (i + 1) * AN_HOUR_MS })])))
    }

    expect(waits).toEqual([1, 2, 3, 4])
  })

  engineTest('waits for the last delayed task when more tickets than tasks wait', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 8 })
    const runner = new TicketDriver(engine, id)
    await runToEnd(runner, 1, ({ seq }) => retry(seq, { delayMs: (seq + 1) * AN_HOUR_MS }))
    const others = range(3).map((i) => new TicketDriver(engine, id, { ticket: i + 1 }))

    const waits: number[] = []

    for (const ticket of others) waits.push(hoursOf(await ticket.lease(1)))

    expect(waits).toEqual([2, 2, 2])
  })

  engineTest('no longer counts as waiting once its next run starts', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false, concurrency: 1 })
    await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => retry(seq))
    await appendTasks(engine, id, [envelopes(1, 1)])

    await new TicketDriver(engine, id, { run: '1.2' }).lease(1)

    expect(await engine.redis.zcard(engine.keys.batch(id).waits)).toBe(0)
  })
})

describe('a batch that the upstream asked to pause', () => {
  engineTest('lets its tickets wait and leases nothing', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 8, concurrency: 2 })
    const first = new TicketDriver(engine, id, { ticket: 0 })
    const second = new TicketDriver(engine, id, { ticket: 1 })
    await first.lease(1)
    await second.lease(1)
    await first.release([postponed(0, { pauseMs: AN_HOUR_MS })])

    const replies = [await second.lease(4, [completed(1)]), await first.lease(4)]

    expect(replies.map(hoursOf)).toEqual([1, 1])
    const batch = await readBatch(engine, id)
    expect(batch.counts).toMatchObject({ running: 0, completed: 1 })
    expect(Math.abs(Number(batch.pausedUntil) - Date.now() - AN_HOUR_MS)).toBeLessThan(10_000)
  })

  engineTest('pauses for the longest time that the upstream asked for', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 8, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)

    const reply = await ticket.lease(2, [
      postponed(0, { pauseMs: 3 * AN_HOUR_MS }),
      postponed(1, { pauseMs: AN_HOUR_MS }),
    ])

    expect(hoursOf(reply)).toBe(3)
  })

  engineTest('leases tasks again after the pause', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.release([postponed(0, { pauseMs: AN_HOUR_MS })])
    await engine.redis.hset(engine.keys.batch(id).meta, 'paused_until', 1)

    expect(seqsOf(await ticket.lease(1))).toEqual([1])
  })
})

describe('a ticket in excess of those the batch may have', () => {
  engineTest('retires and releases its tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 8, concurrency: 4 })
    const ticket = new TicketDriver(engine, id, { ticket: 3 })
    const [done, ...rest] = seqsOf(await ticket.lease(2))
    await engine.redis.hset(engine.keys.batch(id).meta, 'tickets', 3)

    const reply = await ticket.lease(2, [completed(done ?? -1)])

    expect(reply).toEqual({ kind: 'retire' })
    expect((await tasksOf(engine, id)).map(({ state }) => state).filter((state) => state === 'running')).toEqual([])
    expect(rest).toHaveLength(1)
  })
})

describe('a ticket whose batch has nothing left to run', () => {
  engineTest('stops when the batch is cancelled, and the tasks it has not run are cancelled', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 8, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)
    await cancelBatch(engine, id)

    const reply = await ticket.continue([completed(0), retry(1)])

    expect(reply).toEqual({ kind: 'inactive', state: 'cancelled' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, cancelled: 7, running: 0 })
  })

  engineTest('stops when the batch is completed', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, concurrency: 2 })
    await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))

    const reply = await new TicketDriver(engine, id, { ticket: 1 }).lease(1)

    expect(reply).toEqual({ kind: 'inactive', state: 'completed' })
  })

  engineTest('stops when the batch is deleted, and leaves no keys', async ({ engine, redis, prefix }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))
    await deleteBatch(engine, id)

    const reply = await new TicketDriver(engine, id, { run: '1.2' }).lease(1, [completed(0)])

    expect(reply).toEqual({ kind: 'missing' })
    expect(await findKeys(redis, `${prefix}:{batch:*`)).toEqual([])
  })

  engineTest('retires, and a later run leases tasks that are appended afterwards', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false })
    const { end } = await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))
    await appendTasks(engine, id, [envelopes(1, 1)])

    expect(end).toEqual({ kind: 'retire' })
    expect(seqsOf(await new TicketDriver(engine, id, { run: '2.1' }).lease(1))).toEqual([1])
  })
})
