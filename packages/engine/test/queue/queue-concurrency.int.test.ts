import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { applyQueueSettings } from '../../src/queue/apply-queue-settings.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { readQueue } from '../../src/queue/read-queue.ts'
import { startMaintenance } from '../../src/maintenance/start-maintenance.ts'
import { spreadConcurrency } from '../../src/queue/spread-concurrency.ts'
import { range } from '../../src/range.ts'
import { newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { runSpreads } from '../support/run-spreads.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

function ticketsOf(engine: Engine, id: string): Promise<string | null> {
  return engine.redis.hget(engine.keys.batch(id).meta, 'tickets')
}

describe('the concurrency of a queue', () => {
  engineTest('applies to BullMQ, as does its pause', async ({ engine }) => {
    const queue = engine.ticketQueues.open('mail')

    await putQueue(engine, 'mail', { concurrency: 3, paused: true })
    expect([await queue.getGlobalConcurrency(), await queue.isPaused()]).toEqual([3, true])

    await putQueue(engine, 'mail', { concurrency: 4 })
    expect([await queue.getGlobalConcurrency(), await queue.isPaused()]).toEqual([4, false])
  })

  engineTest('issues more tickets for its batches when it rises', async ({ engine }) => {
    await putQueue(engine, 'mail', { concurrency: 2 })
    const wide = await newBatch(engine, { queue: 'mail', tasks: 20 })
    const narrow = await newBatch(engine, { queue: 'mail', tasks: 20, concurrency: 3 })

    await putQueue(engine, 'mail', { concurrency: 5 })
    await runSpreads(engine)

    expect([await ticketsOf(engine, wide), await ticketsOf(engine, narrow)]).toEqual(['5', '3'])
    expect((await readQueue(engine, 'mail')).tickets.waiting).toBe(8)
  })

  engineTest(
    'is given to its batches by a worker, while the request has been answered',
    async ({ engine, onTestFinished }) => {
      await putQueue(engine, 'mail', { concurrency: 1 })
      const ids = await Promise.all(range(3).map(() => newBatch(engine, { queue: 'mail', tasks: 20 })))
      const maintenance = await startMaintenance(engine, {
        workerId: await addWorker(engine),
        onRepaired: () => {},
        onError: () => {},
      })
      onTestFinished(() => maintenance.close())

      await putQueue(engine, 'mail', { concurrency: 4 })

      await expect
        .poll(() => Promise.all(ids.map((id) => ticketsOf(engine, id))), { timeout: 5000 })
        .toEqual(['4', '4', '4'])
      await expect.poll(async () => (await readQueue(engine, 'mail')).tickets.waiting, { timeout: 5000 }).toBe(12)
    },
  )

  engineTest('is given to batches for a second at a time, so that other jobs get on', async ({ engine }) => {
    await putQueue(engine, 'mail', { concurrency: 2 })
    const ids = await Promise.all(range(30).map(() => newBatch(engine, { queue: 'mail', tasks: 4 })))
    await putQueue(engine, 'mail', { concurrency: 3 })
    const [job] = await engine.maintenanceQueue.open().getJobs(['wait'])
    const slow = { ...engine, redis: watchRedis(engine.redis, { before: () => sleep(30) }) }

    await job?.remove()
    await spreadConcurrency(slow, { queue: 'mail' })
    const given = async () =>
      (await Promise.all(ids.map((id) => ticketsOf(engine, id)))).filter((count) => count === '3')
    const first = (await given()).length
    await runSpreads(engine)

    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(30)
    expect(await given()).toHaveLength(30)
  })

  engineTest('is given to its batches again if it changes while a job gives it', async ({ engine, onTestFinished }) => {
    await putQueue(engine, 'mail', { concurrency: 2 })
    const ids = await Promise.all(range(3).map(() => newBatch(engine, { queue: 'mail', tasks: 20 })))
    const isRunning = Promise.withResolvers<void>()
    const isChanged = Promise.withResolvers<void>()
    let pages = 0
    const before = async (command: string) => {
      if (command === 'zrangebylex') pages += 1
      // The job has visited all batches, and looks whether there are more.
      if (command !== 'zrangebylex' || pages !== 2) return
      isRunning.resolve()
      await isChanged.promise
    }
    const slow = { ...engine, redis: watchRedis(engine.redis, { before }) }
    const maintenance = await startMaintenance(slow, {
      workerId: await addWorker(engine),
      onRepaired: () => {},
      onError: () => {},
    })
    onTestFinished(() => maintenance.close())

    await putQueue(engine, 'mail', { concurrency: 5 })
    await isRunning.promise
    for (const concurrency of [6, 7, 8]) await putQueue(engine, 'mail', { concurrency })
    const waiting = await engine.maintenanceQueue.open().getJobCountByTypes('wait')
    isChanged.resolve()

    expect(waiting).toBe(0)
    await expect
      .poll(() => Promise.all(ids.map((id) => ticketsOf(engine, id))), { timeout: 5000 })
      .toEqual(['8', '8', '8'])
    await expect.poll(() => engine.maintenanceQueue.open().getActiveCount(), { timeout: 5000 }).toBe(0)
  })

  engineTest('waits for a worker in one job, however often it changes', async ({ engine }) => {
    for (const concurrency of [1, 2, 3, 4, 5]) await putQueue(engine, 'mail', { concurrency })

    expect(await engine.maintenanceQueue.open().getJobCountByTypes('wait')).toBe(1)
  })

  engineTest('retires surplus tickets when it falls', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 20, concurrency: 8 })

    await putQueue(engine, 'default', { concurrency: 2 })
    await runSpreads(engine)

    expect(await ticketsOf(engine, id)).toBe('2')
    expect(await new TicketDriver(engine, id, { ticket: 2 }).lease(1)).toEqual({ kind: 'retire' })
    expect(await new TicketDriver(engine, id, { ticket: 1 }).lease(1)).toMatchObject({ kind: 'run' })
  })

  engineTest('does not affect finished batches or batches of other queues', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const elsewhere = await newBatch(engine, { queue: 'mail', tasks: 5 })
    const done = await newBatch(engine, { tasks: 1 })
    await runToEnd(new TicketDriver(engine, done), 1, ({ seq }) => completed(seq))

    await putQueue(engine, 'default', { concurrency: 2 })
    await runSpreads(engine)

    expect([await ticketsOf(engine, elsewhere), await ticketsOf(engine, done)]).toEqual(['100', '100'])
  })

  engineTest('has no effect when it is applied again', async ({ engine }) => {
    await putQueue(engine, 'mail', { concurrency: 2 })
    await newBatch(engine, { queue: 'mail', tasks: 20 })
    const before = await readQueue(engine, 'mail')

    await applyQueueSettings(engine, 'mail')

    expect(await readQueue(engine, 'mail')).toEqual(before)
  })
})
