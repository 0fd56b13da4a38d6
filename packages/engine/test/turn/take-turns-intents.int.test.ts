import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { ticketId } from '../../src/bullmq/ticket-id.ts'
import { newBatch, tasksOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed, failed, postponed } from '../support/outcomes.ts'
import { seqsOf, tasksIn, TicketDriver } from '../support/ticket-driver.ts'

describe('the rest of a slice', () => {
  engineTest('stays leased when the intent is continue', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 8, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)

    const reply = await ticket.continue([failed(0)])

    expect(tasksIn(reply)).toEqual([])
    expect((await tasksOf(engine, id)).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      'failed 1',
      'running 1',
      'running 1',
      'running 1',
      ...Array<string>(4).fill('pending 0'),
    ])
  })

  engineTest('can be settled by a later turn', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)
    await ticket.continue([failed(0)])
    await ticket.continue([completed(1), failed(2)])

    await ticket.release([completed(3)])

    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 2, failed: 2 })
  })

  engineTest('is released without spending an attempt when the intent is lease', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 8, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)

    const reply = await ticket.lease(2, [completed(0), completed(1)])

    expect(tasksIn(reply).map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [2, 1],
      [3, 1],
    ])
  })

  engineTest(
    'is released without spending an attempt when the intent is release, and runs before fresh tasks',
    async ({ engine }) => {
      const id = await newBatch(engine, { tasks: 8, concurrency: 1 })
      const ticket = new TicketDriver(engine, id)
      await ticket.lease(4)

      const reply = await ticket.release([completed(0)])

      expect(reply).toEqual({ kind: 'wait', waitMs: 0 })
      expect((await tasksOf(engine, id)).slice(0, 4).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
        'completed 1',
        'pending 0',
        'pending 0',
        'pending 0',
      ])
      expect(seqsOf(await ticket.lease(4))).toEqual([1, 2, 3, 4])
    },
  )

  engineTest('is released when the upstream asks the batch to pause', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(3)

    const reply = await ticket.continue([postponed(0, { pauseMs: AN_HOUR_MS })])

    expect(reply).toMatchObject({ kind: 'wait' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ running: 0, pending: 3, delayed: 1 })
  })
})

describe('a turn that keeps only its running task', () => {
  engineTest('releases the others without spending an attempt', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)

    const reply = await ticket.keepRunning([completed(0)])

    expect(tasksIn(reply)).toEqual([])
    expect((await tasksOf(engine, id)).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      'completed 1',
      'running 1',
      'pending 0',
      'pending 0',
    ])
  })

  engineTest('issues retired tickets again for the released tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 2 })
    await engine.redis.hset(engine.keys.batch(id).meta, 'tickets', 1)
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)
    await engine.redis.hset(engine.keys.batch(id).meta, 'tickets', 2)
    const queue = engine.ticketQueues.open('default')
    await queue.remove(ticketId(id, 1))

    await ticket.keepRunning([])

    expect(await queue.getJob(ticketId(id, 1))).toBeDefined()
  })

  engineTest('can settle that task later, even if the batch was cancelled meanwhile', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(3)
    await cancelBatch(engine, id)
    await ticket.keepRunning([])

    const reply = await ticket.lease(4, [completed(0)])

    expect(reply).toEqual({ kind: 'inactive', state: 'cancelled' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, cancelled: 3 })
  })
})

describe('a turn that leases ahead', () => {
  engineTest('keeps its running task, and leases others behind it', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 6, concurrency: 2 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)

    const reply = await ticket.leaseAhead(2, [completed(0)])

    expect(tasksIn(reply).map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [2, 1],
      [3, 1],
    ])
    await ticket.release([completed(1), completed(2)])
    expect((await tasksOf(engine, id)).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      ...Array<string>(3).fill('completed 1'),
      ...Array<string>(3).fill('pending 0'),
    ])
  })

  engineTest('leaves the last tasks of a batch to tickets that are free sooner', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 4 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    const reply = await ticket.leaseAhead(1)

    expect(seqsOf(reply)).toEqual([])
    expect(seqsOf(await new TicketDriver(engine, id, { ticket: 1 }).lease(1))).toEqual([1])
  })

  engineTest('leases nothing if its batch has stopped or paused, and can settle its task', async ({ engine }) => {
    const [stopped, paused] = [await newBatch(engine, { tasks: 9 }), await newBatch(engine, { tasks: 9 })]
    const [first, second] = [new TicketDriver(engine, stopped), new TicketDriver(engine, paused)]
    await first.lease(1)
    await second.lease(1)
    await interruptBatch(engine, stopped)
    const other = new TicketDriver(engine, paused, { ticket: 1 })
    await other.lease(1)
    await other.release([postponed(1, { pauseMs: AN_HOUR_MS })])

    const replies = [await first.leaseAhead(1), await second.leaseAhead(1)]

    expect(replies.map(seqsOf)).toEqual([[], []])
    await first.release([completed(0)])
    await second.release([completed(0)])
    expect((await readBatch(engine, stopped)).counts).toMatchObject({ completed: 1, running: 0 })
    expect((await readBatch(engine, paused)).counts).toMatchObject({ completed: 1, running: 0 })
  })

  engineTest('leases nothing behind a task from before the last pause', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 2 })
    const [ticket, other] = [new TicketDriver(engine, id), new TicketDriver(engine, id, { ticket: 1 })]
    await ticket.lease(1)
    await other.lease(1)
    await other.release([postponed(1, { pauseMs: AN_HOUR_MS })])
    await engine.redis.hset(engine.keys.batch(id).meta, 'paused_until', 0)

    expect(seqsOf(await ticket.leaseAhead(1))).toEqual([])
    // The next lease is of a later millisecond than the pause.
    await sleep(2)
    expect(seqsOf(await ticket.lease(1, [completed(0)]))).toEqual([2])
    expect(seqsOf(await ticket.leaseAhead(1))).toEqual([3])
  })

  engineTest('loses an attempt of all its tasks if its worker dies', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.leaseAhead(2)

    await new TicketDriver(engine, id, { run: '1.2' }).release()

    expect((await tasksOf(engine, id)).slice(0, 4).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      ...Array<string>(3).fill('pending 1'),
      'pending 0',
    ])
  })
})

describe('a turn that continues with released tasks', () => {
  engineTest('gets wait, because another ticket may hold them by now', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)
    await ticket.release()

    const reply = await ticket.continue([completed(0)])

    expect(reply).toEqual({ kind: 'wait', waitMs: 0 })
    expect((await readBatch(engine, id)).counts).toMatchObject({ pending: 4, completed: 0 })
  })
})
