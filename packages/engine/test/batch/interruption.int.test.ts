import { describe, expect, vi } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { readInterruptions } from '../../src/batch/read-interruptions.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { updateBatch } from '../../src/batch/update-batch.ts'
import { BatchNotFoundError, BatchStateError } from '../../src/errors.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed } from '../support/outcomes.ts'
import { seqsOf, TicketDriver } from '../support/ticket-driver.ts'

const MISSING = 'b0000000000000000000'

describe('interrupting a batch', () => {
  engineTest('stops it, signals all workers, and records reason and message', async ({ engine, openEngine }) => {
    const signals: Signal[] = []
    const stop = await receiveSignals(openEngine(), (signal) => signals.push(signal))
    const id = await newBatch(engine, { tasks: 5 })

    const batch = await interruptBatch(engine, id, { reason: 'budget', message: 'Enough for today.', abort: true })

    expect(batch).toMatchObject({
      state: 'interrupted',
      lastInterruption: { reason: 'budget', message: 'Enough for today.', value: null },
    })
    const stops = () => signals.filter(({ kind }) => kind === 'stop')
    await vi.waitFor(() => expect(stops()).toEqual([{ kind: 'stop', batchId: id, version: 2, abort: true }]))
    await stop()
  })

  engineTest('succeeds once when two clients do it at the same time', async ({ engine, openEngine }) => {
    const id = await newBatch(engine, { tasks: 5 })

    const results = await Promise.allSettled([interruptBatch(engine, id), interruptBatch(openEngine(), id)])

    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: expect.any(BatchStateError) as Error,
    })
    expect(await readInterruptions(engine, id)).toHaveLength(1)
  })

  engineTest('is refused for a finished batch and for a missing one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await cancelBatch(engine, id)

    await expect(interruptBatch(engine, id)).rejects.toThrow(/is cancelled. Only an active batch can be interrupted/)
    await expect(interruptBatch(engine, MISSING)).rejects.toThrow(BatchNotFoundError)
  })

  engineTest('prevents further leases, and running tasks are still recorded', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 5, concurrency: 2 })
    const running = new TicketDriver(engine, id)
    await running.lease(1)

    await interruptBatch(engine, id)

    expect(await new TicketDriver(engine, id, { ticket: 1 }).lease(1)).toEqual({
      kind: 'inactive',
      state: 'interrupted',
    })
    expect(await running.lease(1, [completed(0)])).toEqual({ kind: 'inactive', state: 'interrupted' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, pending: 4, running: 0 })
  })
})

describe('resuming a batch', () => {
  engineTest('issues tickets, and runs each unfinished task and no finished one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1, interruptionCriteria: { maxFailedTasks: 1 } })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)
    await ticket.release([completed(0), failed(1)])
    await engine.ticketQueues.open('default').obliterate({ force: true })

    const batch = await resumeBatch(engine, id)

    expect(batch.state).toBe('active')
    expect(await engine.ticketQueues.open('default').getJobCountByTypes('prioritized')).toBe(1)
    expect(seqsOf(await new TicketDriver(engine, id, { run: '2.1' }).lease(9))).toEqual([2, 3])
  })

  engineTest('resets the counts of the criteria, while failed tasks stay failed', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 1, interruptionCriteria: { maxFailedTasks: 2 } })
    const before = new TicketDriver(engine, id)
    await before.lease(2)
    await before.release([failed(0), failed(1)])
    await resumeBatch(engine, id)
    const after = new TicketDriver(engine, id, { run: '2.1' })
    await after.lease(2)

    const first = await after.continue([failed(2)])
    const second = await after.continue([failed(3)])

    expect(first.kind).toBe('run')
    expect(second).toEqual({ kind: 'inactive', state: 'interrupted' })
  })

  engineTest('applies changed criteria', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, interruptionCriteria: { maxFailedTasks: 2, maxErrorRate: 0.5 } })
    await interruptBatch(engine, id)

    const batch = await resumeBatch(engine, id, { maxFailedTasks: null, maxErrorRate: 0.7, stopOn: ['auth'] })

    expect(batch.interruptionCriteria).toEqual({ maxErrorRate: 0.7, stopOn: ['auth'] })
  })

  engineTest('completes a batch that has nothing left to run', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await interruptBatch(engine, id)
    await ticket.release([completed(0)])

    const batch = await resumeBatch(engine, id)

    expect(batch.state).toBe('completed')
  })

  engineTest('ends a pause that the upstream asked for', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.release([postponed(0, { pauseMs: 3_600_000 })])
    await interruptBatch(engine, id)

    await resumeBatch(engine, id)

    expect(seqsOf(await new TicketDriver(engine, id, { run: '2.1' }).lease(1))).toEqual([1])
  })

  engineTest('is refused and changes no criteria if the batch is active or missing', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, interruptionCriteria: { maxFailedTasks: 2 } })

    await expect(resumeBatch(engine, id, { maxFailedTasks: 7 })).rejects.toThrow(/is active. Only an interrupted batch/)
    await expect(resumeBatch(engine, MISSING, { maxFailedTasks: 7 })).rejects.toThrow(BatchNotFoundError)

    expect((await readBatch(engine, id)).interruptionCriteria).toEqual({ maxFailedTasks: 2 })
  })
})

describe('updating a batch', () => {
  engineTest('is refused for a finished batch and for a missing one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await cancelBatch(engine, id)

    await expect(updateBatch(engine, id, { priority: 1 })).rejects.toThrow(
      /is cancelled. Only an active or interrupted batch can be changed/,
    )
    await expect(updateBatch(engine, MISSING, { priority: 1 })).rejects.toThrow(BatchNotFoundError)
  })

  engineTest('issues tickets when the concurrency rises, and retires them when it falls', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 50, concurrency: 2 })
    const third = new TicketDriver(engine, id, { ticket: 2 })

    const more = await updateBatch(engine, id, { concurrency: 5, priority: 1, metadata: { note: 'quick' } })

    expect(more).toMatchObject({ concurrency: 5, priority: 1, metadata: { note: 'quick' } })
    expect(await engine.ticketQueues.open('default').getJobCountByTypes('prioritized')).toBe(5)
    expect(seqsOf(await third.lease(1))).toEqual([0])
    await updateBatch(engine, id, { concurrency: 1 })
    expect(await third.lease(1, [completed(0)])).toEqual({ kind: 'retire' })
  })
})
