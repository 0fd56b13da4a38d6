import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
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
