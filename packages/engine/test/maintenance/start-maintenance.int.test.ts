import { Worker as BullWorker } from 'bullmq'
import { describe, expect } from 'vitest'
import { readBatch } from '../../src/batch/read-batch.ts'
import { MAINTENANCE_QUEUE } from '../../src/bullmq/queue-names.ts'
import type { Engine } from '../../src/engine.ts'
import { releaseJobs } from '../../src/heartbeat/release-jobs.ts'
import { updateBatch } from '../../src/batch/update-batch.ts'
import { range } from '../../src/range.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { startMaintenance } from '../../src/maintenance/start-maintenance.ts'
import { newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

/** Takes a maintenance job as a worker does that dies before it has run any of it. Returns the name of the job. */
async function takeJobAndDie({ redis, keys }: Engine, workerId: string): Promise<string | undefined> {
  const worker = new BullWorker(MAINTENANCE_QUEUE, null, {
    connection: redis,
    prefix: keys.maintenance,
    autorun: false,
    lockDuration: 60_000,
  })
  const job = await worker.getNextJob(`${workerId}:1`, { block: false })
  await worker.close()
  return job?.name
}

describe('maintenance', () => {
  engineTest('runs the reconciler on one of its processes at a time', async ({ engine, openEngine, redis }) => {
    await redis.zadd(engine.keys.unsettled, 1, 'ghost')
    const repaired: unknown[] = []
    const workerId = await addWorker(engine)
    const options = { workerId, onRepaired: (counts: unknown) => repaired.push(counts), onError: () => {} }

    const maintenances = [await startMaintenance(engine, options), await startMaintenance(openEngine(), options)]
    await expect.poll(() => repaired.length, { timeout: 5000 }).toBe(1)
    await Promise.all(maintenances.map((maintenance) => maintenance.close()))

    expect(repaired).toMatchObject([{ batchesDeleted: 1 }])
    expect((await reconcile(engine)).batchesDeleted).toBe(0)
  })

  engineTest(
    'keeps its schedule although workers die at the beginning of a pass, one after the other',
    async ({ engine }) => {
      const queue = engine.maintenanceQueue.open()
      const workerId = await addWorker(engine)
      const maintenance = await startMaintenance(engine, { workerId, onRepaired: () => {}, onError: () => {} })
      await expect.poll(() => queue.getDelayedCount(), { timeout: 5000 }).toBe(1)
      await maintenance.close()
      const [next] = await queue.getDelayed()
      await next?.promote()

      for (const worker of ['first', 'second', 'third']) {
        expect(await takeJobAndDie(engine, worker)).toBe('reconcile')
        expect(await releaseJobs(engine, [worker])).toBe(1)
      }

      expect(await takeJobAndDie(engine, 'fourth')).toBe('reconcile')
      expect(await queue.getDelayedCount()).toBe(1)
    },
  )

  engineTest('stops an idle batch when its maxBatchRuntimeMs is reached', async ({ engine, onTestFinished }) => {
    const maintenance = await startMaintenance(engine, {
      workerId: await addWorker(engine),
      onRepaired: () => {},
      onError: () => {},
    })
    onTestFinished(() => maintenance.close())
    const id = await newBatch(engine, { tasks: 2, interruptionCriteria: { maxBatchRuntimeMs: 100 } })

    await new TicketDriver(engine, id).lease(1)

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 5000 }).toBe('interrupted')
  })

  engineTest('keeps one deadline per batch, however many passes the reconciler makes', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, interruptionCriteria: { maxBatchRuntimeMs: AN_HOUR_MS } })
    await new TicketDriver(engine, id).lease(1)

    for (const _ of range(20)) await reconcile(engine)

    // Two if the deadline lies at the very end of a second.
    expect(await engine.maintenanceQueue.open().getDelayedCount()).toBeLessThanOrEqual(2)
  })

  engineTest('schedules an earlier deadline when maxBatchRuntimeMs is lowered', async ({ engine, onTestFinished }) => {
    const id = await newBatch(engine, { tasks: 2, interruptionCriteria: { maxBatchRuntimeMs: AN_HOUR_MS } })
    await new TicketDriver(engine, id).lease(1)
    const maintenance = await startMaintenance(engine, {
      workerId: await addWorker(engine),
      onRepaired: () => {},
      onError: () => {},
    })
    onTestFinished(() => maintenance.close())

    await updateBatch(engine, id, { interruptionCriteria: { maxBatchRuntimeMs: 1300 } })

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 5000 }).toBe('interrupted')
  })
})
