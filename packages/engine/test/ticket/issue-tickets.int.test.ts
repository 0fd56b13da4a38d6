import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { issueTickets } from '../../src/ticket/issue-tickets.ts'
import { ticketId } from '../../src/bullmq/ticket-id.ts'
import type { TicketQueue } from '../../src/bullmq/ticket-queues.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed, retry } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

function queueOf(engine: Engine): TicketQueue {
  return engine.ticketQueues.open('default')
}

/** Returns the numbers of a batch's tickets in BullMQ, in order. */
async function ticketsOf(engine: Engine, id: string): Promise<number[]> {
  const jobs = await queueOf(engine).getJobs(['prioritized', 'waiting', 'delayed', 'active'])
  const ids = jobs.map((job) => job.id ?? '').filter((jobId) => jobId.startsWith(`${id}.`))
  return ids.map((jobId) => Number(jobId.slice(id.length + 1))).toSorted((a, b) => a - b)
}

async function loseTicket(engine: Engine, id: string, ticket: number): Promise<void> {
  await queueOf(engine).remove(ticketId(id, ticket))
}

describe('issueTickets', () => {
  engineTest.for([
    { what: 'number of tasks', tasks: 3, concurrency: 8, count: 3 },
    { what: 'concurrency of the batch', tasks: 20, concurrency: 8, count: 8 },
    { what: 'concurrency of the queue', tasks: 200, concurrency: undefined, count: 100 },
  ])('issues as many tickets as the $what, if that is least', async ({ tasks, concurrency, count }, { engine }) => {
    const id = await newBatch(engine, { tasks, concurrency })

    expect(await ticketsOf(engine, id)).toEqual(range(count))
  })

  engineTest('adds no ticket twice, even when several processes issue them at once', async ({ engine, openEngine }) => {
    const id = await newBatch(engine, { tasks: 20, concurrency: 8 })
    const others = [openEngine(), openEngine()]

    const added = await Promise.all([engine, ...others, engine].map((each) => issueTickets(each, id)))

    expect(added).toEqual([0, 0, 0, 0])
    expect(await ticketsOf(engine, id)).toEqual(range(8))
  })

  engineTest('issues a lost ticket again with a greater epoch', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 20, concurrency: 4 })
    const epoch = Number((await queueOf(engine).getJob(ticketId(id, 2)))?.data.epoch)
    await loseTicket(engine, id, 2)

    const added = await issueTickets(engine, id)

    expect(added).toBe(1)
    expect(await ticketsOf(engine, id)).toEqual(range(4))
    expect((await queueOf(engine).getJob(ticketId(id, 2)))?.data.epoch).toBeGreaterThan(epoch)
    expect((await queueOf(engine).getJob(ticketId(id, 1)))?.data.epoch).toBe(epoch)
  })

  engineTest('issues a ticket for an appended task while other tickets run', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false, concurrency: 3 })
    await new TicketDriver(engine, id).lease(1)

    await appendTasks(engine, id, [envelopes(1, 1)])
    await new TicketDriver(engine, id, { ticket: 1 }).lease(1)
    await appendTasks(engine, id, [envelopes(5, 2)])

    expect(await ticketsOf(engine, id)).toEqual([0, 1, 2])
  })

  engineTest('counts surplus tickets that hold tasks against the maximum', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 4 })
    for (const ticket of [2, 3]) await new TicketDriver(engine, id, { ticket }).lease(1)
    for (const ticket of [0, 1]) await loseTicket(engine, id, ticket)
    await engine.redis.hset(engine.keys.batch(id).meta, 'tickets', 2)

    await issueTickets(engine, id)

    expect(await ticketsOf(engine, id)).toEqual([2, 3])
  })

  engineTest('issues a lost ticket again for the tasks that it holds', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 4 })
    for (const ticket of range(4)) await new TicketDriver(engine, id, { ticket }).lease(1)
    for (const ticket of [0, 1, 2]) await new TicketDriver(engine, id, { ticket }).send(settleAll(ticket))
    await loseTicket(engine, id, 3)

    const added = await issueTickets(engine, id)

    expect(added).toBe(1)
    expect(await ticketsOf(engine, id)).toContain(3)
  })

  function settleAll(seq: number) {
    return { turn: 2, intent: 'release', want: 0, outcomes: [completed(seq)] } as const
  }

  engineTest('issues none if other tickets run all tasks, or the batch is cancelled or missing', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const cancelled = await newBatch(engine, { tasks: 9 })
    await cancelBatch(engine, cancelled)
    await new TicketDriver(engine, id).lease(2)
    await Promise.all([loseTicket(engine, cancelled, 0), loseTicket(engine, cancelled, 1)])

    const added = [
      await issueTickets(engine, id),
      await issueTickets(engine, cancelled),
      await issueTickets(engine, 'gone'),
    ]

    expect(added).toEqual([0, 0, 0])
  })
})

describe('a ticket', () => {
  engineTest('has the priority of its batch', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, priority: 2 })

    expect((await queueOf(engine).getJob(ticketId(id, 0)))?.opts.priority).toBe(2)
  })

  engineTest('that waits is woken when tasks are appended', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false, concurrency: 1 })
    await putToSleep(engine, id)

    await appendTasks(engine, id, [envelopes(1, 1)])

    expect(await queueOf(engine).getJobState(ticketId(id, 0))).toBe('prioritized')
  })

  engineTest('that waits because the upstream asked for a pause is not woken', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false, concurrency: 1 })
    await putToSleep(engine, id)
    await engine.redis.hset(engine.keys.batch(id).meta, 'paused_until', Date.now() + AN_HOUR_MS)

    await appendTasks(engine, id, [envelopes(1, 1)])

    expect(await queueOf(engine).getJobState(ticketId(id, 0))).toBe('delayed')
  })

  /** Delays the batch's only task by an hour, and lets the ticket wait for it in BullMQ. */
  async function putToSleep(engine: Engine, id: string): Promise<void> {
    const { end } = await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => retry(seq))
    expect(end.kind).toBe('wait')
    await loseTicket(engine, id, 0)
    await queueOf(engine).add('ticket', { epoch: 1 }, { jobId: ticketId(id, 0), priority: 5, delay: AN_HOUR_MS })
  }
})
