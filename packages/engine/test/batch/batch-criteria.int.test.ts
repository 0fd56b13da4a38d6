import { describe, expect } from 'vitest'
import { checkBatch } from '../../src/batch/check-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { sealBatch } from '../../src/batch/seal-batch.ts'
import { updateBatch } from '../../src/batch/update-batch.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { startMaintenance } from '../../src/maintenance/start-maintenance.ts'
import { newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

describe('criteria of a batch', () => {
  engineTest('override those of the queue one by one, and null switches one off', async ({ engine }) => {
    await putQueue(engine, 'strict', {
      interruptionCriteria: { maxFailedTasks: 5, maxErrorRate: 0.1, stopOn: ['auth'] },
    })

    const id = await newBatch(engine, {
      queue: 'strict',
      interruptionCriteria: { maxFailedTasks: 50, stopOn: null, maxRateLimitHits: 3 },
    })

    expect((await readBatch(engine, id)).interruptionCriteria).toEqual({
      maxFailedTasks: 50,
      maxErrorRate: 0.1,
      maxRateLimitHits: 3,
    })
  })

  engineTest('stay unchanged when the queue changes', async ({ engine }) => {
    await putQueue(engine, 'strict', { interruptionCriteria: { maxFailedTasks: 5 } })
    const id = await newBatch(engine, { queue: 'strict' })

    await putQueue(engine, 'strict', { interruptionCriteria: { maxFailedTasks: 1 } })

    expect((await readBatch(engine, id)).interruptionCriteria).toEqual({ maxFailedTasks: 5 })
  })

  engineTest('are judged immediately when they change, and omitted ones stay', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 10, interruptionCriteria: { maxFailedTasks: 5, maxErrorRate: 0.9 } })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.release([failed(0)])

    const batch = await updateBatch(engine, id, { interruptionCriteria: { maxFailedTasks: 1 } })

    expect(batch).toMatchObject({
      state: 'interrupted',
      interruptionCriteria: { maxFailedTasks: 1, maxErrorRate: 0.9 },
    })
    expect(batch.lastInterruption).toMatchObject({ reason: 'failed_tasks_exceeded', value: 1, threshold: 1 })
  })

  engineTest('are judged when sealing makes the total known', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, sealed: false, interruptionCriteria: { maxErrorRate: 0.2 } })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.release([failed(0)])

    const batch = await sealBatch(engine, id)

    expect(batch.lastInterruption).toMatchObject({ reason: 'error_rate_exceeded', value: 0.25 })
  })

  engineTest('show their headroom', async ({ engine }) => {
    const interruptionCriteria = {
      maxErrorRate: 0.9,
      maxFailedTasks: 9,
      maxConsecutiveFailures: 9,
      maxRateLimitHits: 9,
      maxConcurrencyErrors: 9,
      taskTimeoutMs: 900,
      maxBatchRuntimeMs: 900_000,
      minSample: 1,
      stopOn: ['auth'],
    }
    const id = await newBatch(engine, { tasks: 10, concurrency: 1, interruptionCriteria })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(5)
    await ticket.release([
      completed(0, { durationMs: 300 }),
      failed(1),
      postponed(2),
      failed(3, { failureClass: 'overloaded' }),
    ])

    const { headroom } = await readBatch(engine, id)

    const values = Object.fromEntries(headroom.map(({ criterion, value }) => [criterion, value]))
    expect(values).toMatchObject({
      maxErrorRate: 0.6667,
      maxFailedTasks: 2,
      maxConsecutiveFailures: 2,
      maxRateLimitHits: 1,
      maxConcurrencyErrors: 1,
      taskTimeoutMs: 300,
      maxBatchRuntimeMs: expect.any(Number) as number,
    })
    expect(headroom.find(({ criterion }) => criterion === 'maxRateLimitHits')?.threshold).toBe(9)
  })
})

describe('maxBatchRuntimeMs', () => {
  engineTest('stops an idle batch on time', async ({ engine, openEngine }) => {
    const maintenance = await startMaintenance(openEngine(), {
      workerId: await addWorker(engine),
      onRepaired: () => {},
      onError: () => {},
    })
    const id = await newBatch(engine, { tasks: 5, interruptionCriteria: { maxBatchRuntimeMs: 300 } })
    await new TicketDriver(engine, id).lease(1)

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 10_000 }).toBe('interrupted')

    await maintenance.close()
    const { lastInterruption, startedAt } = await readBatch(engine, id)
    expect(lastInterruption).toMatchObject({ reason: 'batch_runtime_exceeded', threshold: 300 })
    expect(Number(lastInterruption?.value)).toBeGreaterThanOrEqual(300)
    expect(Number(lastInterruption?.at) - Number(startedAt)).toBe(lastInterruption?.value)
  })

  engineTest('does not count before the first lease', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 5, interruptionCriteria: { maxBatchRuntimeMs: 1 } })

    const hasStopped = await checkBatch(engine, id)

    expect(hasStopped).toBe(false)
  })

  engineTest('is applied by the reconciler if its deadline was lost', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 5, interruptionCriteria: { maxBatchRuntimeMs: 1 } })
    await new TicketDriver(engine, id).lease(1)
    await engine.maintenanceQueue.open().obliterate({ force: true })

    await expect.poll(async () => (await reconcile(engine)).batchesInterrupted, { timeout: 10_000 }).toBe(1)

    expect((await readBatch(engine, id)).state).toBe('interrupted')
  })

  engineTest('counts from the last resumption', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 5, interruptionCriteria: { maxBatchRuntimeMs: 60_000 } })
    await new TicketDriver(engine, id).lease(1)
    await engine.redis.hset(engine.keys.batch(id).meta, 'runtime_from', 1)
    await checkBatch(engine, id)

    await resumeBatch(engine, id)

    expect(await checkBatch(engine, id)).toBe(false)
    expect((await readBatch(engine, id)).state).toBe('active')
  })
})
