import { describe, expect } from 'vitest'
import { range } from '../../src/range.ts'
import { makeDue, newBatch, tasksOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, postponed, retry } from '../support/outcomes.ts'
import { runToEnd, seqsOf, tasksIn, TicketDriver } from '../support/ticket-driver.ts'

describe('the tasks that a turn leases', () => {
  engineTest('are in order of their seq if they are fresh', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    const first = await ticket.lease(4)

    const second = await ticket.lease(
      4,
      seqsOf(first).map((seq) => completed(seq)),
    )

    expect(seqsOf(first)).toEqual([0, 1, 2, 3])
    expect(seqsOf(second)).toEqual([4, 5])
  })

  engineTest('are leased to no other ticket at the same time', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 40, concurrency: 4 })
    const tickets = range(4).map((ticket) => new TicketDriver(engine, id, { ticket }))

    const replies = await Promise.all(tickets.map((ticket) => ticket.lease(10)))

    const leased = replies.flatMap(seqsOf)
    expect(new Set(leased).size).toBe(leased.length)
  })

  engineTest('include due retries before fresh tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 5, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)
    await ticket.release([retry(0), completed(1)])
    await makeDue(engine, id, [0])

    const reply = await ticket.lease(3)

    expect(tasksIn(reply).map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [0, 2],
      [2, 1],
      [3, 1],
    ])
  })

  engineTest('exclude retries that are not due', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    const reply = await ticket.lease(2, [retry(0)])

    expect(seqsOf(reply)).toEqual([1])
    expect((await tasksOf(engine, id))[0]).toMatchObject({ state: 'delayed', attempts: 1 })
  })

  engineTest('carry attempt numbers from 1, and a postponement does not raise them', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    const attempts: number[] = []

    for (const outcome of [retry(0, { delayMs: 0 }), postponed(0, { delayMs: 0 }), completed(0)]) {
      const [task] = tasksIn(await ticket.lease(1))
      attempts.push(task?.attempt ?? 0)
      await ticket.release([outcome])
    }

    expect(attempts).toEqual([1, 2, 2])
    expect((await tasksOf(engine, id))[0]).toMatchObject({ state: 'completed', attempts: 2 })
  })
})

describe('the number of tasks that a turn leases', () => {
  engineTest('is at most 128', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 400, concurrency: 1 })

    const reply = await new TicketDriver(engine, id).lease(1000)

    expect(seqsOf(reply)).toEqual(range(128))
  })

  engineTest('is at most what the ticket wants', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 400, concurrency: 1 })

    const reply = await new TicketDriver(engine, id).lease(7)

    expect(seqsOf(reply)).toHaveLength(7)
  })

  engineTest(
    "is at most the ticket's share of the remaining tasks, so that every ticket finds some",
    async ({ engine }) => {
      const id = await newBatch(engine, { tasks: 100, concurrency: 8 })

      const reply = await new TicketDriver(engine, id).lease(128)

      expect(seqsOf(reply)).toHaveLength(12)
    },
  )

  engineTest('is one when fewer tasks remain than the batch has tickets', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 8 })

    const reply = await new TicketDriver(engine, id).lease(128)

    expect(seqsOf(reply)).toHaveLength(1)
  })

  engineTest('counts delayed tasks as remaining', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 16, concurrency: 2 })
    const ticket = new TicketDriver(engine, id)
    const first = seqsOf(await ticket.lease(8))

    const reply = await ticket.lease(
      128,
      first.map((seq) => retry(seq)),
    )

    expect(seqsOf(reply)).toHaveLength(8)
  })
})

describe('tasks in pages of 128', () => {
  engineTest.for([127, 128, 129, 256, 257])(
    'are all leased with their envelopes and settled with their results (%i tasks)',
    async (count, { engine }) => {
      const id = await newBatch(engine, { tasks: count, concurrency: 1 })

      const { tasks } = await runToEnd(new TicketDriver(engine, id), 100, ({ seq }) => completed(seq, { result: seq }))

      expect(tasks).toEqual(range(count).map((seq) => ({ seq, attempt: 1, envelope: `{"payload":${seq}}` })))
      expect((await tasksOf(engine, id)).map(({ result }) => result)).toEqual(range(count))
    },
  )

  engineTest('are leased together when they are due in several pages', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 300, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    const scattered = [0, 127, 128, 255, 256, 299]
    await runToEnd(ticket, 128, ({ seq }) => (scattered.includes(seq) ? retry(seq) : completed(seq)))
    await makeDue(engine, id, scattered)

    const reply = await ticket.lease(6)

    expect(tasksIn(reply).toSorted((a, b) => a.seq - b.seq)).toEqual(
      scattered.map((seq) => ({ seq, attempt: 2, envelope: `{"payload":${seq}}` })),
    )
  })
})

describe('the envelope that a worker receives', () => {
  engineTest('is byte for byte the one that the client sent', async ({ engine }) => {
    const sent = [
      ' {"payload" :\t[ 1 ,2 ] } ',
      '{"payload":"Grüße, 世界 👩‍👩‍👧 e\u0301 \u2028"}',
      String.raw`{"payload":"\u0000 \ud800 \" \\ \/"}`,
      '{"payload":12345678901234567890.10,"key":"a","key":"b"}',
      '{"payload":{"maxAttempts":7,"":null},"maxAttempts":7}',
      `{"payload":"${'x'.repeat(300_000)}"}`,
    ]
    const id = await newBatch(engine, { tasks: sent, concurrency: 1 })

    const { tasks } = await runToEnd(new TicketDriver(engine, id), 4, ({ seq }) => completed(seq))

    expect(tasks.map(({ envelope }) => envelope)).toEqual(sent)
  })
})
