import { setTimeout as sleep } from 'node:timers/promises'
import { findKeys } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { holdBatch } from '../../src/batch/hold-batch.ts'
import { indexBatch } from '../../src/batch/index-batch.ts'
import type { Engine } from '../../src/engine.ts'
import {
  CursorInvalidError,
  QueueInUseError,
  QueueNotFoundError,
  QueuePermanentError,
  TooManyQueuesError,
} from '../../src/errors.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { applyQueueSettings } from '../../src/queue/apply-queue-settings.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { DEFAULT_QUEUE_SETTINGS } from '../../src/model/queue.ts'
import { listQueues, readQueue } from '../../src/queue/read-queue.ts'
import { startMaintenance } from '../../src/maintenance/start-maintenance.ts'
import { spreadConcurrency } from '../../src/queue/spread-concurrency.ts'
import { range } from '../../src/range.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { listQueueNames } from '../../src/settings/queue-settings.ts'
import { newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { IDLE } from '../support/idle-worker.ts'
import { completed } from '../support/outcomes.ts'
import { runSpreads } from '../support/run-spreads.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import type { Offer } from '../../src/model/offer.ts'
import { beatScript } from '../../src/scripts/beat.ts'
import { watchRedis } from '../support/watched-redis.ts'

function ticketsOf(engine: Engine, id: string): Promise<string | null> {
  return engine.redis.hget(engine.keys.batch(id).meta, 'tickets')
}

describe('a queue', () => {
  engineTest('named default always exists', async ({ engine }) => {
    const queue = {
      name: 'default',
      version: 0,
      ...DEFAULT_QUEUE_SETTINGS,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
      workers: 0,
      types: [],
    }

    expect(await readQueue(engine, 'default')).toEqual(queue)
    expect(await listQueues(engine, { pageSize: 10 })).toEqual({ queues: [queue], nextCursor: null })
  })

  engineTest('has defaults for omitted settings', async ({ engine }) => {
    const { queue, isNew } = await putQueue(engine, 'mail', {
      concurrency: 3,
      retry: { maxAttempts: 9 },
      http: { timeoutMs: 5 },
    })

    expect(isNew).toBe(true)
    expect(queue).toEqual({
      name: 'mail',
      version: 1,
      tenants: null,
      concurrency: 3,
      retry: { maxAttempts: 9, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 },
      attemptTimeoutMs: 600_000,
      http: { timeoutMs: 5 },
      interruptionCriteria: { maxConsecutiveFailures: 300, stopOn: ['auth'] },
      limit: null,
      paused: false,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
      workers: 0,
      types: [],
    })
    expect(await readQueue(engine, 'mail')).toEqual(queue)
  })

  engineTest(
    'counts the workers that serve it and are alive, and has the types that they handle',
    async ({ engine }) => {
      const { redis, keys } = engine
      await putQueue(engine, 'mail', {})
      const enter = async (worker: string, offer: Offer, ttlMs: number) => {
        const request = { worker, offer, ...IDLE, ttlMs, gapMs: ttlMs, graceMs: 60_000 }
        await beatScript.run(redis, { ...keys.workers }, request)
      }
      await enter('late', { queues: 'all', types: ['fax'] }, 0)
      await enter('a', { queues: 'all', types: ['http', 'mail'] }, 60_000)
      await enter('b', { queues: ['mail'], types: ['mail', 'copy'] }, 60_000)

      const { queues } = await listQueues(engine, { pageSize: 10 })

      expect(queues).toMatchObject([
        { name: 'default', workers: 1, types: ['http', 'mail'] },
        { name: 'mail', workers: 2, types: ['copy', 'http', 'mail'] },
      ])
      expect(await readQueue(engine, 'mail')).toEqual(queues[1])
    },
  )

  engineTest('loses all earlier settings when it is put again', async ({ engine }) => {
    await putQueue(engine, 'mail', { concurrency: 3, attemptTimeoutMs: 7 })

    const { queue, isNew } = await putQueue(engine, 'mail', { paused: true })

    expect(isNew).toBe(false)
    expect(queue).toMatchObject({ concurrency: 100, attemptTimeoutMs: 600_000, paused: true })
  })

  engineTest('shows its batches and tickets, and is listed by name', async ({ engine }) => {
    await putQueue(engine, 'zoo', {})
    await putQueue(engine, 'a', {})
    await newBatch(engine, { queue: 'zoo', tasks: 3 })
    await newBatch(engine, { queue: 'zoo', tasks: 5, concurrency: 2 })

    const { queues } = await listQueues(engine, { pageSize: 10 })

    expect(queues.map(({ name }) => name)).toEqual(['a', 'default', 'zoo'])
    expect(queues.at(-1)).toMatchObject({ activeBatches: 2, tickets: { waiting: 5, active: 0, delayed: 0 } })
  })

  engineTest('is listed in pages, without queues that were deleted meanwhile', async ({ engine }) => {
    for (const name of ['a', 'b', 'c', 'zoo']) await putQueue(engine, name, {})

    const first = await listQueues(engine, { pageSize: 2 })
    await deleteQueue(engine, 'b')
    const second = await listQueues(engine, { pageSize: 2, cursor: first.nextCursor ?? undefined })
    const third = await listQueues(engine, { pageSize: 2, cursor: second.nextCursor ?? undefined })

    const pages = [first, second, third].map(({ queues }) => queues.map(({ name }) => name))
    expect(pages).toEqual([['a', 'b'], ['c', 'default'], ['zoo']])
    expect(third.nextCursor).toBeNull()
    await expect(listQueues(engine, { pageSize: 2, cursor: 'No Name' })).rejects.toThrow(CursorInvalidError)
  })

  engineTest('costs as many commands to read or delete with any number of batches', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const commands: string[] = []
    const watched = { ...engine, redis: watchRedis(engine.redis, { before: (command) => void commands.push(command) }) }
    const costOf = async () => {
      commands.length = 0
      await listQueues(watched, { pageSize: 10 })
      await deleteQueue(watched, 'mail').catch(() => {})
      return commands.length
    }
    await newBatch(engine, { queue: 'mail' })
    const withOne = await costOf()

    for (const _ of range(20)) await newBatch(engine, { queue: 'mail' })

    expect(await costOf()).toBe(withOne)
    expect((await readQueue(engine, 'mail')).activeBatches).toBe(21)
  })

  engineTest('that exceeds the maximum is refused, and the others can still be changed', async ({ openEngine }) => {
    const engine = openEngine({ maxQueues: 2 })
    await putQueue(engine, 'default', { concurrency: 7 })
    await putQueue(engine, 'a', {})
    await putQueue(engine, 'b', {})

    await expect(putQueue(engine, 'c', {})).rejects.toThrow(TooManyQueuesError)
    await putQueue(engine, 'b', { concurrency: 3 })
    await putQueue(engine, 'default', { concurrency: 8 })
    expect(await listQueueNames(engine)).toEqual(['a', 'b', 'default'])

    await deleteQueue(engine, 'a')
    expect((await putQueue(engine, 'c', {})).isNew).toBe(true)
  })

  engineTest('that does not exist is refused', async ({ engine }) => {
    await expect(readQueue(engine, 'nowhere')).rejects.toThrow(QueueNotFoundError)
    await expect(deleteQueue(engine, 'nowhere')).rejects.toThrow(QueueNotFoundError)
  })

  engineTest('signals the workers when its settings change', async ({ engine, onTestFinished }) => {
    const signals: Signal[] = []
    onTestFinished(await receiveSignals(engine, (signal) => signals.push(signal)))

    await putQueue(engine, 'mail', {})
    await deleteQueue(engine, 'mail')

    const signal = { kind: 'queue', queue: 'mail' }
    await expect.poll(() => signals, { timeout: 5000 }).toEqual([signal, signal])
  })
})

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

describe('deleting a queue', () => {
  engineTest('leaves no key of the queue', async ({ engine, redis, prefix }) => {
    await putQueue(engine, 'mail', { concurrency: 2 })
    const id = await newBatch(engine, { queue: 'mail', tasks: 5 })
    await cancelBatch(engine, id)

    await deleteQueue(engine, 'mail')

    expect(await findKeys(redis, `*${prefix}*mail*`)).toEqual([])
    expect(await listQueueNames(engine)).toEqual(['default'])
  })

  engineTest(
    'is refused while an unfinished batch uses the queue, and the error names the batch',
    async ({ engine }) => {
      await putQueue(engine, 'mail', {})
      const id = await newBatch(engine, { queue: 'mail', tasks: 1 })

      const deleting = deleteQueue(engine, 'mail')

      await expect(deleting).rejects.toThrow(QueueInUseError)
      await expect(deleting).rejects.toMatchObject({ details: { batchId: id } })
      expect((await readQueue(engine, 'mail')).tickets.waiting).toBe(1)
    },
  )

  engineTest('is refused until the last tasks of a cancelled batch have ended', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const id = await newBatch(engine, { queue: 'mail', tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)
    await cancelBatch(engine, id)

    await expect(deleteQueue(engine, 'mail')).rejects.toMatchObject({ details: { batchId: id } })
    await ticket.release()

    await deleteQueue(engine, 'mail')
  })

  engineTest('is refused while a retry of a completed batch is announced', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const id = await newBatch(engine, { queue: 'mail', tasks: 0, sealed: true })
    const held = await holdBatch(engine, id, 'reopening')

    await expect(deleteQueue(engine, 'mail')).rejects.toThrow(QueueInUseError)
    await indexBatch(engine, id, { release: held.kind === 'held' ? held.hold : '' })

    await deleteQueue(engine, 'mail')
  })

  engineTest('is refused for the queue default', async ({ engine }) => {
    await expect(deleteQueue(engine, 'default')).rejects.toThrow(QueuePermanentError)
  })
})
