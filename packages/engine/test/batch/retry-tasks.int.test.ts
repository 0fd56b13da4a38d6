import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { listBatches } from '../../src/batch/list-batches.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import { BatchNotFoundError, NothingToRetryError, QueueMissingError } from '../../src/errors.ts'
import type { Engine } from '../../src/engine.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { readTask } from '../../src/task/read-task.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { newBatch } from '../support/batches.ts'
import { dyingEngine } from '../support/dying-engine.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed } from '../support/outcomes.ts'
import { runToEnd, seqsOf, TicketDriver } from '../support/ticket-driver.ts'

/** Creates a completed batch in which every third task failed: every sixth as `auth`, the others as `server`. */
async function finishedBatch(engine: Engine, tasks: number): Promise<string> {
  const id = await newBatch(engine, { tasks, concurrency: 1, retry: { maxAttempts: 1 } })
  await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) => {
    if (seq % 3 !== 0) return completed(seq)
    return failed(seq, { failureClass: seq % 6 === 0 ? 'auth' : 'server' })
  })
  expect((await readBatch(engine, id)).state).toBe('completed')
  // No worker runs the batch's tickets, so they are removed here.
  await engine.ticketQueues.open('default').obliterate({ force: true })
  return id
}

describe('retrying failed tasks', () => {
  engineTest('makes a completed batch active again, and runs only those tasks', async ({ engine }) => {
    const id = await finishedBatch(engine, 12)

    const { batch, retried } = await retryTasks(engine, id)

    expect(retried).toBe(4)
    expect(batch).toMatchObject({ state: 'active', finishedAt: null, counts: { failed: 0, pending: 4, completed: 8 } })
    const { tasks, end } = await runToEnd(new TicketDriver(engine, id, { run: '2.1' }), 9, ({ seq }) => completed(seq))
    expect(tasks.map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [0, 1],
      [3, 1],
      [6, 1],
      [9, 1],
    ])
    expect(end).toEqual({ kind: 'inactive', state: 'completed' })
  })

  engineTest('can be limited to one failure class, or to named tasks that have failed', async ({ engine }) => {
    const id = await finishedBatch(engine, 12)

    const ofClass = await retryTasks(engine, id, { failureClass: 'auth' })
    const named = await retryTasks(engine, id, { seqs: [1, 3, 9, 500] })

    expect(ofClass.retried).toBe(2)
    expect(named.retried).toBe(2)
    expect(named.batch.counts).toMatchObject({ failed: 0, pending: 4 })
  })

  engineTest('retries every failed task of a batch that takes several script calls', async ({ engine }) => {
    const id = await finishedBatch(engine, 9001)

    const { retried, batch } = await retryTasks(engine, id)

    expect(retried).toBe(3001)
    expect(batch.counts).toMatchObject({ failed: 0, pending: 3001 })
  })

  engineTest('keeps the recorded outcome readable until the next attempt is recorded', async ({ engine }) => {
    const id = await finishedBatch(engine, 3)
    const before = await readTask(engine, id, 0)

    await retryTasks(engine, id)

    expect(before).toMatchObject({ state: 'failed', error: { failureClass: 'auth' } })
    expect(await readTask(engine, id, 0)).toMatchObject({ state: 'pending', attempts: 0, error: before.error })
    const ticket = new TicketDriver(engine, id, { run: '2.1' })
    await ticket.lease(1)
    await ticket.release([completed(0, { result: 'at last' })])
    expect(await readTask(engine, id, 0)).toMatchObject({ state: 'completed', result: 'at last', error: null })
  })

  engineTest('leaves an interrupted batch interrupted, and its resumption runs the tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1, interruptionCriteria: { maxFailedTasks: 1 } })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.release([failed(0)])

    const { batch } = await retryTasks(engine, id)

    expect(batch.state).toBe('interrupted')
    await resumeBatch(engine, id)
    expect(seqsOf(await new TicketDriver(engine, id, { run: '2.1' }).lease(9))).toEqual([0, 1, 2])
  })

  engineTest('is refused without effect if no failed task matches', async ({ engine }) => {
    const id = await finishedBatch(engine, 3)

    await expect(retryTasks(engine, id, { failureClass: 'timeout' })).rejects.toThrow(NothingToRetryError)
    await expect(retryTasks(engine, id, { seqs: [1] })).rejects.toThrow(NothingToRetryError)

    expect((await readBatch(engine, id)).state).toBe('completed')
    expect((await listBatches(engine, { state: 'active', pageSize: 9 })).batches).toEqual([])
  })

  engineTest('is refused for a cancelled batch and for a missing one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })
    await interruptBatch(engine, id)
    await cancelBatch(engine, id)

    await expect(retryTasks(engine, id)).rejects.toThrow(
      /is cancelled. The tasks of a cancelled batch cannot run again/,
    )
    await expect(retryTasks(engine, 'b0000000000000000000')).rejects.toThrow(BatchNotFoundError)
  })

  engineTest('is refused without effect if the queue of the completed batch was deleted', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const id = await newBatch(engine, { queue: 'mail', tasks: 1, concurrency: 1, retry: { maxAttempts: 1 } })
    await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => failed(seq))
    await deleteQueue(engine, 'mail')

    await expect(retryTasks(engine, id)).rejects.toThrow(QueueMissingError)
    expect(await readBatch(engine, id)).toMatchObject({ state: 'completed', counts: { failed: 1 } })
    expect(await engine.redis.zcard(engine.keys.unsettled)).toBe(0)

    await putQueue(engine, 'mail', {})
    expect(await retryTasks(engine, id)).toMatchObject({ retried: 1, batch: { state: 'active' } })
  })

  engineTest('leaves a batch that gets its tickets, at whichever command the process dies', async ({ engine }) => {
    for (let commands = 0; ; commands++) {
      const id = await finishedBatch(engine, 3)
      const hasDied = await retryTasks(dyingEngine(engine, commands), id).then(
        () => false,
        () => true,
      )

      await reconcile(engine)

      const { state, counts } = await readBatch(engine, id)
      const hasTicket = await engine.ticketQueues.open('default').getJob(`${id}.0`)
      expect({ commands, state, hasTicket: hasTicket !== undefined }).toEqual({
        commands,
        state: counts.pending > 0 ? 'active' : 'completed',
        hasTicket: counts.pending > 0,
      })
      await engine.ticketQueues.open('default').obliterate({ force: true })
      if (!hasDied) return
    }
  })
})
