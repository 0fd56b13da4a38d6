import { findKeys } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { holdBatch } from '../../src/batch/hold-batch.ts'
import { indexBatch } from '../../src/batch/index-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { QueuePermanentError, QueueInUseError, QueueNotFoundError } from '../../src/errors.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { applyQueueSettings } from '../../src/queue/apply-queue-settings.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { DEFAULT_QUEUE_SETTINGS } from '../../src/model/queue.ts'
import { listQueues, readQueue } from '../../src/queue/read-queue.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { listQueueNames } from '../../src/settings/queue-settings.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { runSpreads } from '../support/run-spreads.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

function ticketsOf(engine: Engine, id: string): Promise<string | null> {
  return engine.redis.hget(engine.keys.batch(id).meta, 'tickets')
}

describe('a queue', () => {
  engineTest('named default always exists', async ({ engine }) => {
    const queue = {
      name: 'default',
      ...DEFAULT_QUEUE_SETTINGS,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
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
      concurrency: 3,
      retry: { maxAttempts: 9, minDelayMs: 1000, maxDelayMs: 60_000 },
      attemptTimeoutMs: 600_000,
      http: { timeoutMs: 5 },
      interruptionCriteria: {},
      limit: null,
      paused: false,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
    })
    expect(await readQueue(engine, 'mail')).toEqual(queue)
  })

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
