import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { scriptCalls } from '../../src/scripts/define-script.ts'
import { serveTickets, type RunEnd, type TicketRun } from '../../src/turn/serve-tickets.ts'
import { ticketId } from '../../src/bullmq/ticket-id.ts'
import { issueTickets } from '../../src/ticket/issue-tickets.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { completed, retry } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { watchQueues } from '../support/watched-queues.ts'

type RunTicket = (run: TicketRun, engine: Engine) => Promise<RunEnd>

/** A test with `serve`, which runs the tickets of the default queue until the test ends. */
const serviceTest = engineTest.extend('serve', ({ openEngine, onTestFinished }) => {
  return async (runTicket: RunTicket): Promise<{ errors: unknown[] }> => {
    const engine = openEngine()
    const errors: unknown[] = []
    const service = await serveTickets(engine, 'default', {
      concurrency: 2,
      workerId: await addWorker(engine),
      runTicket: (run) => runTicket(run, engine),
      onError: (error) => errors.push(error),
    })
    onTestFinished(() => service.close())
    return { errors }
  }
})

async function finish({ batchId, ticket, run }: TicketRun, engine: Engine): Promise<RunEnd> {
  const { end } = await runToEnd(new TicketDriver(engine, batchId, { ticket, run }), 10, ({ seq }) => completed(seq))
  return end as RunEnd
}

describe('a served ticket', () => {
  serviceTest('runs its batch to completion and is then removed', async ({ engine, serve }) => {
    const id = await newBatch(engine, { tasks: 30, concurrency: 2 })

    const { errors } = await serve(finish)

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 5000 }).toBe('completed')
    const ticketKey = engine.ticketQueues.open('default').toKey(ticketId(id, 0))
    await expect.poll(() => engine.redis.exists(ticketKey), { timeout: 5000 }).toBe(0)
    expect(errors).toEqual([])
  })

  serviceTest('returns after its delay as a later run', async ({ engine, serve }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const runs: string[] = []

    await serve(async (run, own) => {
      runs.push(run.run)
      const ticket = new TicketDriver(own, run.batchId, run)
      await ticket.lease(1)
      return (await ticket.release([runs.length < 3 ? retry(0, { delayMs: 20 }) : completed(0)])) as RunEnd
    })

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 5000 }).toBe('completed')
    expect(runs).toEqual(runs.map((_run, i) => `1.${i + 1}`))
    expect(runs.length).toBeGreaterThanOrEqual(3)
  })

  serviceTest('returns as a later run after its run throws, and the error is reported', async ({ engine, serve }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const runs: string[] = []

    const { errors } = await serve(async (run, own) => {
      runs.push(run.run)
      if (runs.length === 1) throw new Error('a bug')
      return await finish(run, own)
    })

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 5000 }).toBe('completed')
    expect(runs).toEqual(['1.1', '1.2'])
    expect(errors).toEqual([new Error('a bug')])
  })

  serviceTest(
    'does not read the leases of its batch when it retires while no task waits',
    async ({ engine, serve }) => {
      const id = await newBatch(engine, { tasks: 40, concurrency: 20 })
      const planned = scriptCalls().get('plan-tickets')

      await serve(finish)

      await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 5000 }).toBe('completed')
      const queue = engine.ticketQueues.open('default')
      await expect.poll(() => queue.getJobCountByTypes('prioritized', 'active'), { timeout: 5000 }).toBe(0)
      expect(scriptCalls().get('plan-tickets')).toBe(planned)
    },
  )

  serviceTest(
    'is issued again with a greater epoch when tasks are appended while it retires',
    async ({ engine, serve }) => {
      const id = await newBatch(engine, { tasks: 1, sealed: false, concurrency: 1 })
      const runs: string[] = []

      await serve(async (run, own) => {
        runs.push(run.run)
        const end = await finish(run, own)
        // Between the ticket's last turn and BullMQ's removal of its job.
        if (runs.length === 1) await appendTasks(own, id, [envelopes(1, 1)])
        return end
      })

      await expect.poll(async () => (await readBatch(engine, id)).counts.completed, { timeout: 5000 }).toBe(2)
      expect(runs).toHaveLength(2)
      expect(Number(runs[1]?.split('.')[0])).toBeGreaterThan(1)
    },
  )

  serviceTest(
    'is issued again with a greater epoch if a slow process adds it after later runs of it',
    async ({ engine, openEngine, serve }) => {
      const id = await newBatch(engine, { tasks: 1, sealed: false, concurrency: 1 })
      const queue = engine.ticketQueues.open('default')
      await queue.remove(ticketId(id, 0))
      const slow = await planAndPause(openEngine(), id)
      await issueTickets(engine, id)
      await queue.remove(ticketId(id, 0))
      await finish({ queue: 'default', batchId: id, ticket: 0, run: '3.1' }, engine)
      await slow.addTickets()
      await appendTasks(engine, id, [envelopes(1, 1)])
      const runs: string[] = []

      await serve(async (run, own) => {
        runs.push(run.run)
        return await finish(run, own)
      })

      await expect.poll(async () => (await readBatch(engine, id)).counts.completed, { timeout: 5000 }).toBe(2)
      expect(runs[0]).toBe('2.1')
      expect(Number(runs[1]?.split('.')[0])).toBeGreaterThan(3)
    },
  )
})

/** Plans the tickets of a batch in a process that pauses before it adds them. */
async function planAndPause(engine: Engine, id: string): Promise<{ addTickets: () => Promise<void> }> {
  const paused = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const before = async () => {
    paused.resolve()
    await end.promise
  }
  const issuing = issueTickets({ ...engine, ticketQueues: watchQueues(engine.ticketQueues, before) }, id)
  await paused.promise
  return {
    addTickets: async () => {
      end.resolve()
      await issuing
    },
  }
}
