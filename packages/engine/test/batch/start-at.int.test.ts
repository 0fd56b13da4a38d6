import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { updateBatch } from '../../src/batch/update-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { startMaintenance } from '../../src/maintenance/start-maintenance.ts'
import { range } from '../../src/range.ts'
import { readTally } from '../../src/task-tallies.ts'
import { issueTickets } from '../../src/ticket/issue-tickets.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

const later = (ms = AN_HOUR_MS) => new Date(Date.now() + ms)

/** Jobs that wait in the queue of a batch, in any way. */
function ticketsOf(engine: Engine): Promise<number> {
  return engine.ticketQueues.open('default').getJobCountByTypes('prioritized', 'delayed', 'waiting')
}

const startTest = engineTest.extend('runMaintenance', ({ engine, onTestFinished }) => async () => {
  const options = { workerId: await addWorker(engine), onRepaired: () => {}, onError: () => {} }
  const maintenance = await startMaintenance(engine, options)
  onTestFinished(() => maintenance.close())
})

describe('a batch with a startAt', () => {
  engineTest('leases no task before that time, and says so', async ({ engine }) => {
    const startAt = later()
    const id = await newBatch(engine, { tasks: 3, startAt })

    const reply = await new TicketDriver(engine, id).lease(1)

    expect(reply).toMatchObject({ kind: 'wait' })
    expect(reply.kind === 'wait' && reply.waitMs).toBeGreaterThan(AN_HOUR_MS - 10_000)
    expect(await readBatch(engine, id)).toMatchObject({
      state: 'active',
      startAt,
      startedAt: null,
      counts: { pending: 3, running: 0 },
      waitingFor: [{ kind: 'start_at', until: startAt }, { kind: 'no_worker' }],
    })
    expect(await ticketsOf(engine)).toBe(0)
  })

  startTest('starts at that time, and not before', async ({ engine, runMaintenance }) => {
    await runMaintenance()
    const startAt = later(1500)
    const id = await newBatch(engine, { tasks: 2, startAt })

    await expect.poll(() => ticketsOf(engine), { timeout: 10_000 }).toBe(2)
    const issuedAt = Date.now()
    const reply = await new TicketDriver(engine, id).lease(1)

    expect(issuedAt).toBeGreaterThanOrEqual(startAt.getTime())
    expect(reply.kind).toBe('run')
    expect((await readBatch(engine, id)).waitingFor).not.toContainEqual(expect.objectContaining({ kind: 'start_at' }))
  })

  engineTest('in the past starts at once', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, startAt: new Date(1000) })

    expect(await ticketsOf(engine)).toBe(2)
    expect((await new TicketDriver(engine, id).lease(1)).kind).toBe('run')
  })

  engineTest('schedules one job, however often it is appended to and reconciled', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: [], sealed: false, startAt: later() })

    for (const i of range(10)) await appendTasks(engine, id, [envelopes(2, 2 * i)])
    for (const _ of range(10)) await reconcile(engine)

    // Two if the start lies at the very end of a second.
    expect(await engine.maintenanceQueue.open().getDelayedCount()).toBeLessThanOrEqual(2)
    expect(await engine.maintenanceQueue.open().getDelayedCount()).toBeGreaterThan(0)
  })

  startTest('starts although its job was lost', async ({ engine, redis, runMaintenance }) => {
    const id = await newBatch(engine, { tasks: 1, startAt: later(1500) })
    await engine.maintenanceQueue.open().obliterate({ force: true })
    expect(await redis.hget(engine.keys.batch(id).meta, 'started_at')).toBeNull()

    await reconcile(engine)
    await runMaintenance()

    await expect.poll(() => ticketsOf(engine), { timeout: 10_000 }).toBe(1)
  })

  startTest(
    'that is moved earlier starts then, and one that is moved later does not start before',
    async ({ engine, runMaintenance }) => {
      await runMaintenance()
      const early = await newBatch(engine, { tasks: 1, startAt: later() })
      const late = await newBatch(engine, { tasks: 1, startAt: later(1500) })
      const now = await newBatch(engine, { tasks: 1, startAt: later() })

      await updateBatch(engine, early, { startAt: later(1800) })
      await updateBatch(engine, late, { startAt: later() })
      await updateBatch(engine, now, { startAt: null })

      expect(await ticketsOf(engine)).toBe(1)
      expect((await readBatch(engine, now)).startAt).toBeNull()
      await expect.poll(() => ticketsOf(engine), { timeout: 10_000 }).toBe(2)
      expect((await new TicketDriver(engine, early).lease(1)).kind).toBe('run')
      expect((await new TicketDriver(engine, late).lease(1)).kind).toBe('wait')
    },
  )

  startTest('wakes tickets that wait for a later start', async ({ engine, runMaintenance }) => {
    const id = await newBatch(engine, { tasks: 1, startAt: new Date(1000) })
    await updateBatch(engine, id, { startAt: later() })
    expect((await new TicketDriver(engine, id).lease(1)).kind).toBe('wait')
    const tickets = engine.ticketQueues.open('default')
    // As a worker does with a ticket that waits.
    await (await tickets.getJob(`${id}.0`))?.remove()
    await tickets.add('ticket', { epoch: 1 }, { jobId: `${id}.0`, priority: 5, delay: AN_HOUR_MS })

    await updateBatch(engine, id, { startAt: later(1200) })
    expect(await tickets.getDelayedCount()).toBe(1)
    await runMaintenance()

    await expect.poll(() => tickets.getDelayedCount(), { timeout: 10_000 }).toBe(0)
    expect((await new TicketDriver(engine, id, { run: '2.1' }).lease(1)).kind).toBe('run')
  })

  engineTest('cannot be moved once its first task was leased, whichever comes first', async ({ engine }) => {
    for (const _ of range(25)) {
      const id = await newBatch(engine, { tasks: 1, startAt: new Date(1000) })

      const [reply, moved] = await Promise.all([
        new TicketDriver(engine, id).lease(1),
        updateBatch(engine, id, { startAt: later() }).catch((error: unknown) => error),
      ])

      const { startedAt, counts } = await readBatch(engine, id)
      expect(startedAt === null).toBe(reply.kind === 'wait')
      expect(counts.running).toBe(reply.kind === 'run' ? 1 : 0)
      if (reply.kind === 'run') expect(moved).toMatchObject({ code: 'SLUICE_BATCH_STARTED' })
      else expect(moved).toMatchObject({ id, startedAt: null })
    }
  })

  engineTest('can be interrupted, resumed and cancelled before its start', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, startAt: later() })

    expect(await interruptBatch(engine, id)).toMatchObject({ state: 'interrupted', waitingFor: [] })
    expect(await resumeBatch(engine, id)).toMatchObject({
      state: 'active',
      waitingFor: [{ kind: 'start_at' }, { kind: 'no_worker' }],
    })
    expect(await ticketsOf(engine)).toBe(0)
    expect((await new TicketDriver(engine, id).lease(1)).kind).toBe('wait')
    expect(await cancelBatch(engine, id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 2 } })
  })

  engineTest('counts its runtime from its first lease, also if it was resumed before', async ({ engine, redis }) => {
    const id = await newBatch(engine, {
      tasks: 2,
      startAt: later(),
      interruptionCriteria: { maxBatchRuntimeMs: 60_000 },
    })
    await interruptBatch(engine, id)
    await resumeBatch(engine, id)
    const { meta } = engine.keys.batch(id)
    const runtimeFrom = async () => Number((await redis.hget(meta, 'runtime_from')) ?? 0)
    expect(await runtimeFrom()).toBe(0)

    await updateBatch(engine, id, { startAt: null })
    const reply = await new TicketDriver(engine, id).lease(1)

    expect(reply).toMatchObject({ kind: 'run', deadlineMs: 60_000 })
    expect(await runtimeFrom()).toBeGreaterThan(0)
  })

  startTest('asks for no worker in the metrics before its start', async ({ engine, runMaintenance }) => {
    await newBatch(engine, { tasks: 7, startAt: later() })
    await runMaintenance()

    await expect
      .poll(async () => (await readTally(engine))?.tally, { timeout: 10_000 })
      .toEqual({
        default: { pending: 0, delayed: 7, running: 0 },
      })
  })

  engineTest('goes on as usual after its start', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, startAt: later() })
    await updateBatch(engine, id, { startAt: new Date() })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    await ticket.release([completed(0)])

    expect(await readBatch(engine, id)).toMatchObject({ state: 'completed', outcome: 'succeeded' })
    expect(await issueTickets(engine, id)).toBe(0)
  })
})
