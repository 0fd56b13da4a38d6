import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import type { TaskCounts } from '../../src/model/task-counts.ts'
import { scriptCalls } from '../../src/scripts/define-script.ts'
import { markStartedScript } from '../../src/scripts/mark-started.ts'
import { markStarted } from '../../src/turn/mark-started.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

async function countsOf(engine: Engine, id: string): Promise<TaskCounts> {
  return (await readBatch(engine, id)).counts
}

describe('the running tasks of a batch', () => {
  engineTest('are one for each lease: the others of a lease count as pending', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 10 })
    const first = new TicketDriver(engine, id)
    await first.lease(4)
    await new TicketDriver(engine, id, { ticket: 1 }).lease(4)

    const leased = await countsOf(engine, id)
    await first.continue([completed(0), completed(1)])
    const continued = await countsOf(engine, id)
    await first.lease(4, [completed(2)])
    const leasedAgain = await countsOf(engine, id)
    await first.release()

    expect(leased).toMatchObject({ running: 2, pending: 98 })
    expect(continued).toMatchObject({ running: 2, pending: 96, completed: 2 })
    expect(leasedAgain).toMatchObject({ running: 2, pending: 95, completed: 3 })
    expect(await countsOf(engine, id)).toMatchObject({ running: 1, pending: 96, completed: 3 })
  })

  engineTest('do not include tasks that are leased behind a running one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 10 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)

    await ticket.leaseAhead(3, [completed(0)])

    expect(await countsOf(engine, id)).toMatchObject({ running: 1, pending: 98, completed: 1 })
  })

  engineTest('are not more after a turn that is sent twice, or by a run that is over', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 10 })
    const first = new TicketDriver(engine, id)
    await first.lease(4)
    await first.repeat()

    const second = new TicketDriver(engine, id, { run: '1.2' })
    await second.lease(4)
    await first.lease(4)

    expect(await countsOf(engine, id)).toMatchObject({ running: 1, pending: 99 })
  })

  engineTest('do not include a task that waits for its permit, until its start is marked', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 10, concurrency: 5 })
    const ticket = new TicketDriver(engine, id)
    await ticket.reserve(1)

    const reserved = await countsOf(engine, id)
    await ticket.markStarted()
    await ticket.markStarted()
    const started = await countsOf(engine, id)
    await ticket.reserve(1, [completed(0)])

    expect(reserved).toMatchObject({ running: 0, pending: 10 })
    expect(started).toMatchObject({ running: 1, pending: 9 })
    expect(await countsOf(engine, id)).toMatchObject({ running: 0, pending: 9, completed: 1 })
  })

  engineTest('do not include a task that waits again after its start was marked', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 10, concurrency: 5 })
    const ticket = new TicketDriver(engine, id)
    await ticket.reserve(1)
    await ticket.markStarted()

    await ticket.markStarted(false)
    await ticket.markStarted(false)
    const waiting = await countsOf(engine, id)
    await ticket.markStarted()
    const started = await countsOf(engine, id)
    await ticket.reserve(1, [completed(0)])

    expect(waiting).toMatchObject({ running: 0, pending: 10 })
    expect(started).toMatchObject({ running: 1, pending: 9 })
    expect(await countsOf(engine, id)).toMatchObject({ running: 0, pending: 9, completed: 1 })
  })

  engineTest('include all tasks whose starts are marked in one call', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 200, concurrency: 150 })
    const tickets = Array.from({ length: 100 }, (_, ticket) => new TicketDriver(engine, id, { ticket }))
    for (const ticket of tickets) await ticket.reserve(1)

    const marks = tickets.map((_, ticket) => ({ ticket, run: '1.1', turn: 1, hasStarted: true }))
    const before = scriptCalls().get('mark-started') ?? 0
    await markStarted(engine, id, marks)

    expect((scriptCalls().get('mark-started') ?? 0) - before).toBe(2)
    expect(await countsOf(engine, id)).toMatchObject({ running: 100, pending: 100 })
  })

  engineTest('do not include a task whose worker was frozen and marks its start too late', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 10, concurrency: 5 })
    await new TicketDriver(engine, id).reserve(1)
    await new TicketDriver(engine, id, { run: '1.2' }).reserve(1)

    const late = { ticket: 0, run: '1.1', turn: 1, hasStarted: true }
    const reply = await markStartedScript.run(engine.redis, engine.keys.batch(id), [late])

    expect(reply).toEqual({ kind: 'marked', count: 0 })
    expect(await countsOf(engine, id)).toMatchObject({ running: 0, pending: 10 })
  })

  engineTest('include a slow task that runs on while its outcomes before it are settled', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 10 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)

    await ticket.keepRunning([completed(0)])
    const alone = await countsOf(engine, id)
    await ticket.lease(1, [completed(1)])

    expect(alone).toMatchObject({ running: 1, pending: 98, completed: 1 })
    expect(await countsOf(engine, id)).toMatchObject({ running: 1, pending: 97, completed: 2 })
  })
})

describe('an interruption spares all tasks that have not started', () => {
  engineTest('when an outcome meets a criterion', async ({ engine }) => {
    const criteria = { maxConsecutiveFailures: 2 }
    const id = await newBatch(engine, { tasks: 100, concurrency: 10, interruptionCriteria: criteria })
    const slow = new TicketDriver(engine, id, { ticket: 1 })
    await slow.lease(4)
    await new TicketDriver(engine, id, { ticket: 2 }).reserve(1)
    const failing = new TicketDriver(engine, id)
    await failing.lease(4)

    await failing.continue([failed(5)])
    await failing.continue([failed(6)])

    const { lastInterruption } = await readBatch(engine, id)
    expect(lastInterruption?.counts).toMatchObject({ failed: 2, running: 1, pending: 97, total: 100 })
  })

  engineTest('when the task that runs on is not the one that failed', async ({ engine }) => {
    const criteria = { maxFailedTasks: 1 }
    const id = await newBatch(engine, { tasks: 100, concurrency: 10, interruptionCriteria: criteria })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)

    await ticket.keepRunning([failed(0)])

    const { lastInterruption, counts } = await readBatch(engine, id)
    expect(lastInterruption?.counts).toMatchObject({ failed: 1, running: 1, pending: 98 })
    expect(counts).toMatchObject({ failed: 1, running: 1, pending: 98 })
  })

  engineTest('when a client interrupts or cancels the batch', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 10 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)

    await interruptBatch(engine, id)
    const { lastInterruption } = await readBatch(engine, id)
    await cancelBatch(engine, id)
    const cancelled = await countsOf(engine, id)
    await ticket.release([completed(0)])

    expect(lastInterruption?.counts).toMatchObject({ running: 1, pending: 99 })
    expect(cancelled).toMatchObject({ running: 1, pending: 3, cancelled: 96 })
    expect(await countsOf(engine, id)).toMatchObject({ running: 0, pending: 0, completed: 1, cancelled: 99 })
  })
})

engineTest(
  'a mark takes one command even on a Redis that lacks its script, so its caller may end at once',
  async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.reserve(1)
    const sent: string[] = []
    const redis = watchRedis(engine.redis, { before: (command) => void sent.push(command) })

    await ticket.as({ ...engine, redis }).markStarted()

    // With EVALSHA, a Redis without the script would ask for a second command.
    expect(sent).toEqual(['eval'])
    expect(await countsOf(engine, id)).toMatchObject({ running: 1 })
  },
)
