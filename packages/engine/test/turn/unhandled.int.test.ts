import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import type { Offer } from '../../src/model/offer.ts'
import { issueWithheldTickets } from '../../src/queue/issue-withheld-tickets.ts'
import { readQueue } from '../../src/queue/read-queue.ts'
import { beatScript } from '../../src/scripts/beat.ts'
import { readOffersScript } from '../../src/scripts/read-offers.ts'
import { issueTickets } from '../../src/ticket/issue-tickets.ts'
import { ReturnLine } from '../../src/turn/return-line.ts'
import { serveTickets } from '../../src/turn/serve-tickets.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { IDLE } from '../support/idle-worker.ts'
import { completed, retry } from '../support/outcomes.ts'
import { seqsOf, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

const LIFE_MS = 60_000

/** Enters a worker with an offer, which lives as long as the test. Returns its id. */
async function addOffer({ redis, keys }: Engine, types: string[], queues: Offer['queues'] = 'all'): Promise<string> {
  const worker = `with ${types.join()}`
  const request = { worker, offer: { queues, types }, ...IDLE, ttlMs: LIFE_MS, gapMs: LIFE_MS, graceMs: 0 }
  await beatScript.run(redis, { ...keys.workers }, request)
  return worker
}

async function ticketsOf(engine: Engine): Promise<number> {
  const { active, waiting, delayed } = (await readQueue(engine, 'default')).tickets
  return active + waiting + delayed
}

describe('the turn of a worker without a handler for a type of the batch', () => {
  engineTest('gets no task, and one with all handlers gets it in its first attempt', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: ['{"payload":1}', '{"type":"mail","payload":2}'] })

    const without = await new TicketDriver(engine, id).lease(5)
    const partly = await new TicketDriver(engine, id, { ticket: 1, types: ['mail', 'other'] }).lease(5)
    const withAll = await new TicketDriver(engine, id, { run: '1.2', types: ['other', 'mail', 'http'] }).lease(5)

    expect([without, partly]).toEqual([{ kind: 'unhandled' }, { kind: 'unhandled' }])
    expect(withAll).toMatchObject({ kind: 'run', tasks: [{ seq: 0, attempt: 1 }] })
  })

  engineTest('settles what it ran, and releases the rest, once a task of such a type joins', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 40, sealed: false, concurrency: 4 })
    const ticket = new TicketDriver(engine, id)
    const seqs = seqsOf(await ticket.lease(3))
    await appendTasks(engine, id, [['{"type":"mail","payload":1}']])

    const reply = await ticket.lease(3, [completed(0)])

    expect(seqs).toEqual([0, 1, 2])
    expect(reply).toEqual({ kind: 'unhandled' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, running: 0, pending: 40 })
    const other = new TicketDriver(engine, id, { ticket: 1, types: ['http', 'mail'] })
    expect(await other.lease(1)).toMatchObject({ tasks: [{ seq: 1, attempt: 1 }] })
  })

  engineTest('waits, as others do, while nothing could run anyway', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.release([retry(0)])

    const reply = await new TicketDriver(engine, id, { run: '1.2', types: ['mail'] }).lease(1)

    expect(reply).toMatchObject({ kind: 'wait' })
  })

  engineTest('takes over the tasks of a dead worker, so that others can run them', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await new TicketDriver(engine, id).lease(1)

    const reply = await new TicketDriver(engine, id, { run: '1.2', types: ['mail'] }).lease(1)

    expect(reply).toEqual({ kind: 'unhandled' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ pending: 1, running: 0 })
  })
})

describe('tickets', () => {
  engineTest('are withheld while workers are there but none has the handlers', async ({ engine }) => {
    await addOffer(engine, ['mail'])
    await addOffer(engine, ['http'], ['other'])

    const id = await newBatch(engine, { tasks: 5 })

    expect(await ticketsOf(engine)).toBe(0)
    await addOffer(engine, ['http', 'mail'])
    expect(await issueTickets(engine, id)).toBe(5)
  })

  engineTest('that hold tasks are issued in any case, since only they can release them', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 5, concurrency: 3 })
    await new TicketDriver(engine, id, { ticket: 2 }).lease(1)
    await engine.ticketQueues.open('default').obliterate({ force: true })
    await addOffer(engine, ['mail'])

    expect(await issueTickets(engine, id)).toBe(1)
  })

  engineTest('that were withheld are issued for a worker with a new offer, in its queues', async ({ engine }) => {
    await addOffer(engine, ['mail'])
    await newBatch(engine, { tasks: 5 })
    const offer: Offer = { queues: ['default'], types: ['http'] }
    await addOffer(engine, ['http'], ['default'])

    await issueWithheldTickets(engine, { ...offer, queues: ['other'] })
    const before = await ticketsOf(engine)
    await issueWithheldTickets(engine, offer)

    expect([before, await ticketsOf(engine)]).toEqual([0, 5])
  })

  /** Runs the tickets of the default queue as a worker does that can run none of them. */
  async function passOnAll(engine: Engine): Promise<{ runs: () => number; close: () => Promise<void> }> {
    let runs = 0
    const service = await serveTickets(engine, 'default', {
      concurrency: 2,
      workerId: await addOffer(engine, ['mail']),
      runTicket: async () => {
        runs += 1
        return { kind: 'unhandled' }
      },
      onError: () => {},
    })
    return { runs: () => runs, close: () => service.close() }
  }

  engineTest('return late from a worker that cannot run them, if another one can', async ({ engine, openEngine }) => {
    await addOffer(engine, ['http'])
    await newBatch(engine, { tasks: 3 })

    const service = await passOnAll(openEngine())
    await expect.poll(async () => (await readQueue(engine, 'default')).tickets.delayed).toBe(3)
    await service.close()

    expect(await ticketsOf(engine)).toBe(3)
  })

  engineTest('end at a worker that cannot run them, if no other one can', async ({ engine, openEngine }) => {
    await newBatch(engine, { tasks: 3 })
    const service = await passOnAll(openEngine())

    await expect.poll(() => ticketsOf(engine)).toBe(0)
    await service.close()

    expect(service.runs()).toBe(3)
  })

  engineTest(
    'are not lost if a worker with the handlers starts at the moment the last one ends',
    async ({ engine, openEngine }) => {
      await newBatch(engine, { tasks: 1 })
      let isStarted = false
      const startOther = async () => {
        if (isStarted) return
        isStarted = true
        await addOffer(engine, ['http'])
        await issueWithheldTickets(engine, { queues: 'all', types: ['http'] })
      }
      const wrong = openEngine()
      // Between the look at the offers and the end of the ticket, whose id is taken until then.
      const after = async (command: string, args: readonly unknown[]) => {
        if (command === 'evalsha' && args[0] === readOffersScript.sha1) await startOther()
      }

      const service = await passOnAll({ ...wrong, redis: watchRedis(wrong.redis, { after }) })

      await expect.poll(() => isStarted).toBe(true)
      await expect.poll(() => service.runs()).toBeGreaterThan(1)
      await service.close()
      expect(await ticketsOf(engine)).toBe(1)
    },
  )
})

describe('the line of tickets that a worker has passed on', () => {
  engineTest('returns them one by one, and each batch has its own', () => {
    const line = new ReturnLine()

    const first = Array.from({ length: 50 }, () => line.join('a'))
    const other = line.join('b')

    expect(first.slice(1).every((ms, i) => ms - (first[i] ?? 0) >= 98)).toBe(true)
    expect(other).toBeLessThan(250)
  })
})
