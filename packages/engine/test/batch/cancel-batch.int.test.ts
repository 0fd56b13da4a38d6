import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { sealBatch } from '../../src/batch/seal-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { BatchNotFoundError, BatchStateError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { cancelBatchScript } from '../../src/scripts/cancel-batch.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { makeDue, newBatch, tasksOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, retry } from '../support/outcomes.ts'
import { runToEnd, seqsOf, TicketDriver } from '../support/ticket-driver.ts'

/** Collects stops alone: on a Cluster, the signal of the batch's creation may arrive after its creation has returned. */
async function collectStops(engine: Engine, onTestFinished: (stop: () => Promise<void>) => void): Promise<Signal[]> {
  const stops: Signal[] = []
  onTestFinished(await receiveSignals(engine, (signal) => void (signal.kind === 'stop' && stops.push(signal))))
  return stops
}

describe('cancelling a batch', () => {
  engineTest('cancels waiting tasks, and leaves finished and running ones unchanged', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 8, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(5)
    await ticket.release([completed(0), failed(1), retry(2)])
    await ticket.lease(1)

    const batch = await cancelBatch(engine, id)

    expect(batch).toMatchObject({ state: 'cancelled', sealed: true, counts: { total: 8 } })
    expect(batch.finishedAt).not.toBeNull()
    expect((await tasksOf(engine, id)).map(({ state }) => state)).toEqual([
      'completed',
      'failed',
      'cancelled',
      'running',
      ...Array<string>(4).fill('cancelled'),
    ])
  })

  engineTest('cancels all tasks, in several script calls if necessary', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 5000, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(128)
    await ticket.release(range(100).map((seq) => retry(seq)))

    const batch = await cancelBatch(engine, id)

    expect(batch.counts).toMatchObject({ cancelled: 5000, pending: 0, delayed: 0 })
    expect(await redis.exists(engine.keys.batch(id).due)).toBe(0)
  })

  engineTest('prevents further leases from its first script call on', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1000, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(10)
    await ticket.release([retry(0)])
    await makeDue(engine, id, [0])

    const reply = await cancelBatchScript.run(engine.redis, engine.keys.batch(id), {
      maxTasks: 4,
      abort: true,
      signals: engine.keys.signals,
    })

    // The call cancels four due tasks, and 64 times as many that were never leased.
    expect(reply).toMatchObject({ kind: 'cancelled', left: 740 })
    expect(await ticket.lease(10)).toEqual({ kind: 'inactive', state: 'cancelled' })
  })

  engineTest('lets reported outcomes of running tasks be recorded, and cancels the others', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(4)
    await cancelBatch(engine, id)

    await ticket.release([completed(0), retry(1, { delayMs: 0 })])

    expect((await tasksOf(engine, id)).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      'completed 1',
      'cancelled 1',
      'cancelled 0',
      'cancelled 0',
    ])
  })

  engineTest("cancels a dead worker's tasks at the next run of its ticket", async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1, retry: { maxAttempts: 1 } })
    await new TicketDriver(engine, id).lease(3)
    await cancelBatch(engine, id)

    await new TicketDriver(engine, id, { run: '1.2' }).lease(3)

    expect((await readBatch(engine, id)).counts).toMatchObject({ cancelled: 3, failed: 0, running: 0 })
  })

  engineTest('signals the workers to abort running attempts', async ({ engine, onTestFinished }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const signals = await collectStops(engine, onTestFinished)

    await cancelBatch(engine, id)

    await expect.poll(() => signals, { timeout: 5000 }).toMatchObject([{ kind: 'stop', batchId: id, abort: true }])
  })

  engineTest('leaves running attempts alone if asked to', async ({ engine, onTestFinished }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    const signals = await collectStops(engine, onTestFinished)

    await cancelBatch(engine, id, { abort: false })
    await ticket.release([completed(0)])

    await expect.poll(() => signals, { timeout: 5000 }).toMatchObject([{ kind: 'stop', batchId: id, abort: false }])
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, cancelled: 2, running: 0 })
  })

  engineTest('has no effect the second time', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })
    const first = await cancelBatch(engine, id)

    expect(await cancelBatch(engine, id)).toEqual(first)
  })

  engineTest('moves the batch to the cancelled and finished indexes', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 3 })

    await cancelBatch(engine, id)

    const indexes = [
      engine.keys.batchesInState('active'),
      engine.keys.batchesInState('cancelled'),
      engine.keys.finished,
    ]
    expect(await Promise.all(indexes.map((index) => redis.zrange(index, '0', '-1')))).toEqual([[], [id], [id]])
  })

  engineTest('is refused for a completed batch and for an unknown one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: [], sealed: true })

    await expect(cancelBatch(engine, id)).rejects.toThrow(BatchStateError)
    await expect(cancelBatch(engine, 'nobody')).rejects.toThrow(BatchNotFoundError)
    expect((await readBatch(engine, id)).state).toBe('completed')
  })

  engineTest('leaves every task finished or cancelled, even while tickets run', async ({ engine, openEngine }) => {
    const worker = openEngine()
    for (const round of range(10)) {
      const id = await newBatch(engine, { tasks: 300, concurrency: 2 })
      const tickets = range(2).map((ticket) => new TicketDriver(worker, id, { ticket }))

      const running = tickets.map((ticket) => runToEnd(ticket, 5, ({ seq }) => completed(seq)))
      await expect
        .poll(async () => (await readBatch(engine, id)).counts.completed, { interval: 1, timeout: 5000 })
        .toBeGreaterThan(round * 10)
      await cancelBatch(engine, id)
      const runs = await Promise.all(running)

      const { counts } = await readBatch(engine, id)
      expect(counts).toMatchObject({ pending: 0, delayed: 0, running: 0, completed: counts.total - counts.cancelled })
      expect(runs.flatMap(({ tasks }) => tasks)).toHaveLength(counts.completed)
    }
  })
})

describe('sealing a batch', () => {
  engineTest('has no effect the second time, and its tasks still run', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, sealed: false })
    const first = await sealBatch(engine, id)

    expect(await sealBatch(engine, id)).toEqual(first)
    expect(first).toMatchObject({ sealed: true, state: 'active' })
    expect(seqsOf(await new TicketDriver(engine, id).lease(1))).toEqual([0])
  })

  engineTest('is refused for a cancelled batch and for an unknown one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, sealed: false })
    await cancelBatch(engine, id)

    await expect(sealBatch(engine, id)).rejects.toThrow(BatchStateError)
    await expect(sealBatch(engine, 'nobody')).rejects.toThrow(BatchNotFoundError)
  })
})
