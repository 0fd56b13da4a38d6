import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { cancelBatchScript } from '../../src/scripts/cancel-batch.ts'
import { BatchNotFoundError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { applyQueueSettings } from '../../src/queue/apply-queue-settings.ts'
import { takeTurnsScript } from '../../src/scripts/take-turns.ts'
import { ticketId } from '../../src/bullmq/ticket-id.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest as anyEngineTest, expectNoTrace, keysOf } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { expectIndexesToFollow } from '../support/indexes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { ageEverything, reconcileLater } from '../support/reconcile-later.ts'
import { watchRedis } from '../support/watched-redis.ts'

const NOTHING = {
  jobsReleased: 0,
  ticketsIssued: 0,
  batchesIndexed: 0,
  draftsDiscarded: 0,
  batchesSealed: 0,
  batchesInterrupted: 0,
  batchesDeleted: 0,
  queuesRepaired: 0,
  limitsRepaired: 0,
  detectionsQueued: 0,
}
const A_WEEK_MS = 7 * 24 * 3_600_000
const A_MINUTE_MS = 60_000

/** BullMQ has the settings of `default`, as it has once a worker serves that queue. */
const engineTest = anyEngineTest.extend('isServed', { auto: true }, async ({ openEngine }) => {
  await applyQueueSettings(openEngine(), 'default')
  return true
})

describe('a pass of the reconciler', () => {
  engineTest('repairs nothing if everything is consistent', async ({ engine, redis, prefix }) => {
    await newBatch(engine, { tasks: 3 })
    await newBatch(engine)
    await cancelBatch(engine, await newBatch(engine, { tasks: 3 }))
    const done = await newBatch(engine, { tasks: 1 })
    await runToEnd(new TicketDriver(engine, done), 1, ({ seq }) => completed(seq))
    const before = await keysOf(redis, prefix)

    expect(await reconcile(engine)).toEqual(NOTHING)
    expect(await keysOf(redis, prefix)).toEqual(before)
  })

  engineTest(
    'counts the unfinished tasks of active batches by queue, and leased ones as pending',
    async ({ engine }) => {
      await putQueue(engine, 'mail', {})
      const id = await newBatch(engine, { tasks: 5 })
      await newBatch(engine, { tasks: 3 })
      await newBatch(engine, { tasks: 7, queue: 'mail' })
      await interruptBatch(engine, await newBatch(engine, { tasks: 100 }))
      await cancelBatch(engine, await newBatch(engine, { tasks: 100 }))
      await new TicketDriver(engine, id).lease(3)
      const tally = {}

      await reconcile(engine, { tally })

      const { counts } = await readBatch(engine, id)
      expect(counts).toMatchObject({ running: 1, pending: 4 })
      expect(tally).toEqual({
        default: { pending: 7, delayed: 0, running: 1 },
        mail: { pending: 7, delayed: 0, running: 0 },
      })
    },
  )

  engineTest('issues lost tickets again', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 3 })
    const queue = engine.ticketQueues.open('default')
    await Promise.all(range(3).map((ticket) => queue.remove(ticketId(id, ticket))))

    expect(await reconcile(engine)).toEqual({ ...NOTHING, ticketsIssued: 3 })
    expect(await queue.getPrioritizedCount()).toBe(3)
  })

  engineTest('issues a lost ticket again that holds the last task', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await new TicketDriver(engine, id).lease(1)
    await engine.ticketQueues.open('default').remove(ticketId(id, 0))

    expect(await reconcile(engine)).toEqual({ ...NOTHING, ticketsIssued: 1 })
  })

  engineTest('issues a lost ticket of a cancelled batch again, so that its last tasks end', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 2 })
    await new TicketDriver(engine, id).lease(3)
    await cancelBatch(engine, id)
    const queue = engine.ticketQueues.open('default')
    await queue.obliterate({ force: true })
    await applyQueueSettings(engine, 'default')

    expect(await reconcile(engine)).toEqual({ ...NOTHING, ticketsIssued: 1 })
    await expect(deleteBatch(engine, id)).rejects.toThrow('3 of its tasks are still being aborted')

    const job = await queue.getJob(ticketId(id, 0))
    await new TicketDriver(engine, id, { run: `${job?.data.epoch}.1` }).lease(1)
    expect((await readBatch(engine, id)).counts).toMatchObject({ cancelled: 9, running: 0 })
    await deleteBatch(engine, id)
  })

  engineTest('issues a lost ticket of an interrupted batch again that holds tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 2 })
    await new TicketDriver(engine, id, { ticket: 1 }).lease(3)
    await interruptBatch(engine, id)
    await engine.ticketQueues.open('default').obliterate({ force: true })
    await applyQueueSettings(engine, 'default')

    expect(await reconcile(engine)).toEqual({ ...NOTHING, ticketsIssued: 1 })
    expect(await engine.ticketQueues.open('default').getJob(ticketId(id, 1))).toBeDefined()
  })

  engineTest('visits a cancelled batch no longer once its last tasks have ended', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 2 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(3)
    await cancelBatch(engine, id)
    expect(await redis.zcard(engine.keys.unsettled)).toBe(1)

    await ticket.release()

    expect(await redis.zcard(engine.keys.unsettled)).toBe(0)
    expect(await reconcile(engine)).toEqual(NOTHING)
  })

  engineTest('indexes a batch whose last worker died before it did', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const turn = { ticket: 0, run: '1.1', intent: 'lease', want: 1 } as const
    const { signals } = engine.keys
    await takeTurnsScript.run(redis, engine.keys.batch(id), {
      turns: [{ ...turn, turn: 1, outcomes: [] }],
      types: ['http'],
      signals,
    })
    await takeTurnsScript.run(redis, engine.keys.batch(id), {
      turns: [{ ...turn, turn: 2, outcomes: [completed(0)] }],
      types: ['http'],
      signals,
    })

    expect(await reconcile(engine)).toEqual({ ...NOTHING, batchesIndexed: 1 })
    expect(await redis.zrange(engine.keys.batchesInState('active'), '0', '-1')).toEqual([])
    expect(await redis.zrange(engine.keys.batchesInState('completed'), '0', '-1')).toEqual([id])
    expect(await redis.zrange(engine.keys.finished, '0', '-1')).toEqual([id])
  })

  engineTest(
    'completes a cancellation whose process died, even after a worker has noticed it',
    async ({ engine, redis }) => {
      const id = await newBatch(engine, { tasks: 500, concurrency: 1 })
      const ticket = new TicketDriver(engine, id)
      await ticket.lease(10)
      await cancelBatchScript.run(redis, engine.keys.batch(id), {
        maxTasks: 1,
        signals: engine.keys.signals,
        abort: true,
      })
      await ticket.release()

      expect(await reconcile(engine)).toEqual({ ...NOTHING, batchesIndexed: 1 })
      expect(await readBatch(engine, id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 500 } })
      expect(await redis.zrange(engine.keys.batchesInState('cancelled'), '0', '-1')).toEqual([id])
    },
  )

  engineTest('seals a batch that is still unsealed after unsealedExpiryMs', async ({ openEngine }) => {
    const engine = openEngine({ retentionMs: 2 * A_WEEK_MS })
    const idle = await newBatch(engine)
    const busy = await newBatch(engine, { tasks: 2, sealed: false })

    expect(await reconcileLater(engine, A_WEEK_MS - A_MINUTE_MS)).toEqual(NOTHING)
    expect(await reconcileLater(engine, 2 * A_MINUTE_MS)).toMatchObject({ batchesSealed: 2 })
    expect(await readBatch(engine, idle)).toMatchObject({ state: 'completed', sealed: true })
    expect(await readBatch(engine, busy)).toMatchObject({ state: 'active', sealed: true })
  })

  engineTest('deletes finished batches after their retention', async ({ engine, redis, prefix }) => {
    const done = await newBatch(engine, { tasks: 300, concurrency: 1, code: 'c' })
    await runToEnd(new TicketDriver(engine, done), 128, ({ seq }) => completed(seq))
    const cancelled = await newBatch(engine, { tasks: 3 })
    await cancelBatch(engine, cancelled)
    const active = await newBatch(engine, { tasks: 3 })

    expect(await reconcileLater(engine, A_WEEK_MS - A_MINUTE_MS)).toEqual(NOTHING)
    expect(await reconcileLater(engine, 2 * A_MINUTE_MS)).toEqual({ ...NOTHING, batchesDeleted: 2 })
    await expectNoTrace(redis, prefix, done)
    await expectNoTrace(redis, prefix, cancelled)
    expect((await readBatch(engine, active)).counts.pending).toBe(3)
    expect(await newBatch(engine, { code: 'c' })).not.toBe(done)
  })

  engineTest(
    'deletes a cancelled batch after its retention even if one of its tasks never ended',
    async ({ engine, redis, prefix }) => {
      const stuck = await newBatch(engine, { tasks: 3 })
      await new TicketDriver(engine, stuck).lease(1)
      await cancelBatch(engine, stuck)
      const other = await newBatch(engine, { tasks: [], sealed: true })

      expect(await reconcileLater(engine, A_WEEK_MS + A_MINUTE_MS)).toEqual({ ...NOTHING, batchesDeleted: 2 })
      await expectNoTrace(redis, prefix, stuck)
      await expectNoTrace(redis, prefix, other)
    },
  )

  engineTest('keeps a batch that is active again but still indexed as finished', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await redis.zadd(engine.keys.finished, 1, id)

    expect(await reconcile(engine)).toEqual({ ...NOTHING, batchesIndexed: 1 })
    expect(await redis.zcard(engine.keys.finished)).toBe(0)
    expect((await readBatch(engine, id)).state).toBe('active')
  })

  engineTest('lists a batch of a tenant again whose index has lost it', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tenant: 'zebra', tasks: 1 })
    await redis.del(engine.keys.batchesOfInState('zebra', 'active'), engine.keys.batchesOf('zebra'))

    expect(await reconcile(engine)).toEqual({ ...NOTHING, batchesIndexed: 1 })
    await expectIndexesToFollow(engine, id, 'after a pass', 'zebra')
    expect(await reconcile(engine)).toEqual(NOTHING)
  })

  engineTest('erases every entry of a batch of a tenant with it', async ({ engine, redis, prefix }) => {
    const id = await newBatch(engine, { tenant: 'zebra', code: 'c', tasks: [], sealed: true })

    expect(await reconcileLater(engine, A_WEEK_MS + A_MINUTE_MS)).toEqual({ ...NOTHING, batchesDeleted: 1 })
    await expectIndexesToFollow(engine, id, 'after its retention', 'zebra')
    expect(await keysOf(redis, prefix)).toEqual([])
  })

  engineTest('deletes the index entries of a batch that has no keys', async ({ engine, redis, prefix }) => {
    const { batches, batchesInState, batchesOf, batchesOfInState, unsettled } = engine.keys
    const ofTenant = [batchesOf('default'), batchesOfInState('default', 'active')]
    for (const index of [batchesInState('active'), batches, unsettled, ...ofTenant]) {
      await redis.zadd(index, 1, 'ghost')
    }
    await redis.hset(engine.keys.editions, 'ghost', '7 default 3 70 default')
    await redis.zadd(engine.keys.uses, 0, 'default ghost')

    expect(await reconcile(engine)).toEqual({ ...NOTHING, batchesDeleted: 1 })
    expect(await keysOf(redis, prefix)).toEqual([])
  })
})

describe('a pass during which a batch is deleted', () => {
  engineTest('continues with the other batches', async ({ openEngine }) => {
    const engine = openEngine({ retentionMs: 2 * A_WEEK_MS })
    const first = await newBatch(engine)
    const second = await newBatch(engine)
    const deleteFirst = async (command: string, [key]: readonly unknown[]) => {
      if (command !== 'hmget' || key !== engine.keys.batch(first).meta) return
      await cancelBatch(engine, first)
      await deleteBatch(engine, first)
    }

    const overtaken = { ...engine, redis: watchRedis(engine.redis, { after: deleteFirst }) }
    await reconcileLater(overtaken, A_WEEK_MS + A_MINUTE_MS)

    await expect(readBatch(engine, first)).rejects.toThrow(BatchNotFoundError)
    expect(await readBatch(engine, second)).toMatchObject({ state: 'completed', sealed: true })
  })
})

describe('concurrent passes', () => {
  engineTest('leave everything repaired', async ({ engine, openRivals, redis, prefix }) => {
    const engines = await openRivals(3)
    const expired = await Promise.all(range(12).map(() => newBatch(engine, { tasks: [], sealed: true })))
    const half = await newBatch(engine, { tasks: 5000 })
    await cancelBatchScript.run(redis, engine.keys.batch(half), {
      maxTasks: 10,
      signals: engine.keys.signals,
      abort: true,
    })
    const unsealed = await newBatch(engine, { tasks: 30, sealed: false, concurrency: 4 })
    await engine.ticketQueues.open('default').drain()
    await ageEverything(engine, A_WEEK_MS + A_MINUTE_MS)

    await Promise.all(engines.map((each) => reconcile(each)))

    for (const id of expired) await expectNoTrace(redis, prefix, id)
    expect(await readBatch(engine, half).catch((error: unknown) => error)).toBeInstanceOf(BatchNotFoundError)
    expect(await readBatch(engine, unsealed)).toMatchObject({ state: 'active', sealed: true, counts: { pending: 30 } })
    expect(await engine.ticketQueues.open('default').getPrioritizedCount()).toBe(4)
    expect(await reconcile(engine)).toEqual(NOTHING)
  })
})
