import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { listBatches } from '../../src/batch/list-batches.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { readReport } from '../../src/batch/read-report.ts'
import { countRetries, retryTasks } from '../../src/batch/retry-tasks.ts'
import { BatchNotFoundError, NothingToRetryError, QueueMissingError } from '../../src/errors.ts'
import type { Engine } from '../../src/engine.ts'
import { failureGroup } from '../../src/model/failure-group.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { retryTasksScript } from '../../src/scripts/retry-tasks.ts'
import type { FailedOutcome } from '../../src/scripts/take-turns.ts'
import { readTask } from '../../src/task/read-task.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { newBatch } from '../support/batches.ts'
import { dyingEngine } from '../support/dying-engine.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed } from '../support/outcomes.ts'
import { runToEnd, seqsOf, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

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

interface Recorded {
  failureClass: string
  message: string
  status?: number
}

/** The outcome of a failed attempt as a worker reports it. */
function failedAs(seq: number, error: Recorded): FailedOutcome {
  const record = JSON.stringify({ ms: 1, attempt: 1, error })
  return { ...failed(seq, { failureClass: error.failureClass, group: failureGroup(error) }), record }
}

/** Creates a completed batch all of whose tasks failed. */
async function failedBatch(engine: Engine, tasks: number, errorOf: (seq: number) => Recorded): Promise<string> {
  const id = await newBatch(engine, { tasks, concurrency: 1, retry: { maxAttempts: 1 } })
  await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) => failedAs(seq, errorOf(seq)))
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

  engineTest(
    'runs exactly the tasks again whose error is in the group of the report that is named',
    async ({ engine }) => {
      const errorOf = (seq: number) => {
        if (seq % 4 === 0) return { failureClass: 'server', status: 500, message: `row ${seq} is locked` }
        if (seq % 4 === 1) return { failureClass: 'server', status: 503, message: `row ${seq} is locked` }
        if (seq % 4 === 2) return { failureClass: 'server', message: `row ${seq} is locked` }
        return { failureClass: 'server', status: 500, message: `row ${seq} is gone` }
      }
      const id = await failedBatch(engine, 400, errorOf)
      const { errors } = await readReport(engine, id)
      expect(errors).toHaveLength(4)

      for (const { failureClass, status, message, count } of errors) {
        const group = { failureClass, status, message }
        expect((await countRetries(engine, id, { group })).retried).toBe(100)
        const { retried, batch } = await retryTasks(engine, id, { group })
        expect({ count, retried, pending: batch.counts.pending % 100 }).toEqual({
          count: 100,
          retried: 100,
          pending: 0,
        })
        await expect(retryTasks(engine, id, { group })).rejects.toThrow(NothingToRetryError)
      }
      expect((await readBatch(engine, id)).counts).toMatchObject({ failed: 0, pending: 400 })
    },
  )

  engineTest(
    'knows the groups of lost workers, and those that take what comes after the hundredth group',
    async ({ engine }) => {
      const word = (n: number) => String.fromCharCode(97 + Math.floor(n / 26), 97 + (n % 26))
      const id = await failedBatch(engine, 130, (seq) => {
        if (seq === 0) return { failureClass: 'worker_lost', message: 'The worker died while it ran attempt 3.' }
        return { failureClass: 'server', message: `it broke in ${word(seq)}` }
      })
      const { errors } = await readReport(engine, id)
      const other = errors.find(({ message }) => message === '(other)')
      const lost = errors.find(({ failureClass }) => failureClass === 'worker_lost')
      expect(other?.count).toBe(30)

      const retried = async (group: typeof other) => (await retryTasks(engine, id, { group })).retried
      expect(await retried(other)).toBe(30)
      expect(await retried(lost)).toBe(1)
      expect(await retried(errors.find(({ message }) => message === 'it broke in ab'))).toBe(1)
    },
  )

  engineTest(
    'leaves a task alone that ran again, and failed in another way, after its error had been read',
    async ({ engine }) => {
      const id = await failedBatch(engine, 3, () => ({ failureClass: 'server', status: 500, message: 'locked' }))
      const group = { failureClass: 'server', status: 500, message: 'locked' }
      let hasRead = false
      const before = async (command: string, args: readonly unknown[]) => {
        if (command === 'hmget' && String(args[0]).includes('outcome')) hasRead = true
        if (command !== 'evalsha' || args[0] !== retryTasksScript.sha1 || !hasRead) return
        hasRead = false
        await retryTasks(engine, id, { seqs: [1] })
        const ticket = new TicketDriver(engine, id, { run: '2.1' })
        await ticket.lease(1)
        await ticket.release([failedAs(1, { failureClass: 'server', status: 500, message: 'gone' })])
      }
      const slow = { ...engine, redis: watchRedis(engine.redis, { before }) }

      const { retried } = await retryTasks(slow, id, { group })

      expect(retried).toBe(2)
      expect(await readTask(engine, id, 1)).toMatchObject({ state: 'failed', error: { message: 'gone' } })
      expect(await readTask(engine, id, 0)).toMatchObject({ state: 'pending' })
    },
  )

  engineTest('counts what it would run again, and changes nothing', async ({ engine }) => {
    const id = await finishedBatch(engine, 12)

    const count = async (filter: Parameters<typeof countRetries>[2]) => (await countRetries(engine, id, filter)).retried
    expect(await count({})).toBe(4)
    expect(await count({ failureClass: 'auth' })).toBe(2)
    expect(await count({ seqs: [1, 3, 9, 500] })).toBe(2)
    await expect(count({ failureClass: 'timeout' })).rejects.toThrow(NothingToRetryError)
    expect((await readBatch(engine, id)).counts).toMatchObject({ failed: 4, pending: 0 })
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
