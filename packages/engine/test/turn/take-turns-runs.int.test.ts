import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { readTask } from '../../src/task/read-task.ts'
import { takeTurns } from '../../src/turn/take-turns.ts'
import { envelopes, newBatch, tasksOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, retry } from '../support/outcomes.ts'
import { seqsOf, tasksIn, TicketDriver } from '../support/ticket-driver.ts'

describe('a superseded run', () => {
  engineTest.for([
    { earlier: '1.1', later: '1.2' },
    { earlier: '1.9', later: '1.10' },
    { earlier: '1.7', later: '2.1' },
    { earlier: '9.1', later: '10.1' },
  ])('is refused, and its outcomes are dropped ($earlier before $later)', async ({ earlier, later }, { engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const frozen = new TicketDriver(engine, id, { run: earlier })
    await frozen.lease(2)
    await new TicketDriver(engine, id, { run: later }).lease(2)
    const before = await tasksOf(engine, id)

    const reply = await frozen.lease(2, [completed(0), failed(1)])

    expect(reply).toEqual({ kind: 'superseded' })
    expect(await tasksOf(engine, id)).toEqual(before)
  })

  engineTest('is refused even if the later run no longer holds tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1, sealed: false })
    const frozen = new TicketDriver(engine, id)
    await frozen.lease(2)
    const later = new TicketDriver(engine, id, { run: '1.2' })
    await later.lease(2)
    await later.lease(2, [completed(0), completed(1)])
    await appendTasks(engine, id, [envelopes(2, 2)])

    const reply = await frozen.lease(2, [failed(0), failed(1)])

    expect(reply).toEqual({ kind: 'superseded' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 2, failed: 0, running: 0, pending: 2 })
  })

  engineTest('cannot repeat its last turn', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const frozen = new TicketDriver(engine, id)
    await frozen.lease(2)
    await new TicketDriver(engine, id, { run: '1.2' }).lease(2)

    expect(await frozen.repeat()).toEqual({ kind: 'superseded' })
  })

  engineTest('does not affect the runs of other tickets', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 2 })
    const other = new TicketDriver(engine, id, { ticket: 1 })
    await other.lease(2)

    await new TicketDriver(engine, id, { run: '7.7' }).lease(2)

    expect(tasksIn(await other.continue([completed(0)]))).toEqual([])
    expect((await readTask(engine, id, 0)).state).toBe('completed')
  })
})

describe('a later run of a ticket', () => {
  engineTest('takes over the tasks of the earlier run, and their attempts count', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    await new TicketDriver(engine, id).lease(3)

    const reply = await new TicketDriver(engine, id, { run: '1.2' }).lease(4)

    expect(tasksIn(reply).map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
      [3, 1],
    ])
  })

  engineTest('takes over reserved tasks that have not started, and they spend no attempt', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1, retry: { maxAttempts: 1 } })
    await new TicketDriver(engine, id).reserve(2)

    const reply = await new TicketDriver(engine, id, { run: '1.2' }).reserve(2)

    expect(tasksIn(reply).map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [0, 1],
      [1, 1],
    ])
  })

  engineTest('spends an attempt of reserved tasks once they have started', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 2 })
    const first = new TicketDriver(engine, id)
    await first.reserve(1)
    await first.markStarted()
    const second = new TicketDriver(engine, id, { ticket: 1 })
    await second.reserve(1)
    await second.markStarted()
    // The next task of the ticket waits for its permit, and the mark of the previous one says nothing about it.
    await second.reserve(1, [retry(1, { delayMs: 0 })])

    const attempts = await Promise.all(
      [0, 1].map(async (ticket) => tasksIn(await new TicketDriver(engine, id, { ticket, run: '1.2' }).reserve(1))),
    )

    expect(attempts.flat().map(({ attempt }) => attempt)).toEqual([2, 2])
  })

  engineTest('fails a task without attempts left as worker_lost', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1, retry: { maxAttempts: 2 } })
    const first = new TicketDriver(engine, id)
    await first.lease(1)
    await first.lease(2, [retry(0, { delayMs: 0 })])

    const reply = await new TicketDriver(engine, id, { run: '1.2' }).lease(2)

    expect(tasksIn(reply).map(({ seq, attempt }) => [seq, attempt])).toEqual([[1, 2]])
    const lost = await readTask(engine, id, 0)
    expect(lost).toMatchObject({ state: 'failed', attempts: 2, error: { failureClass: 'worker_lost' } })
    expect(lost.finishedAt).not.toBeNull()
  })

  engineTest('applies the maxAttempts of a task', async ({ engine }) => {
    const tasks = ['{"payload":0,"maxAttempts":1}', '{"maxAttempts":5,"payload":1}', '{"payload":{"maxAttempts":1}}']
    const id = await newBatch(engine, { tasks, concurrency: 1, retry: { maxAttempts: 2 } })
    await new TicketDriver(engine, id, { run: '1.1' }).lease(3)
    await new TicketDriver(engine, id, { run: '1.2' }).lease(3)

    const reply = await new TicketDriver(engine, id, { run: '1.3' }).lease(3)

    expect(seqsOf(reply)).toEqual([1])
    expect((await tasksOf(engine, id)).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      'failed 1',
      'running 3',
      'failed 2',
    ])
  })

  engineTest.for([
    { what: 'half a surrogate pair', task: String.raw`{"payload":"\ud800","maxAttempts":1}` },
    { what: 'more than a thousand levels', task: `{"payload":${'['.repeat(1100)}${']'.repeat(1100)},"maxAttempts":1}` },
    { what: 'null for maxAttempts', task: '{"payload":0,"maxAttempts":null}' },
    { what: 'the string "maxAttempts"', task: '"maxAttempts"' },
  ])('takes over any envelope that a client may send ($what)', async ({ task }, { engine }) => {
    const id = await newBatch(engine, { tasks: [task], retry: { maxAttempts: 1 } })
    await new TicketDriver(engine, id).lease(1)

    const reply = await new TicketDriver(engine, id, { run: '1.2' }).lease(1)

    expect(reply).toEqual({ kind: 'inactive', state: 'completed' })
    expect((await readBatch(engine, id)).counts).toMatchObject({ failed: 1 })
  })

  engineTest('completes a batch whose last task fails as worker_lost', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, retry: { maxAttempts: 1 } })
    await new TicketDriver(engine, id).lease(1)

    const reply = await new TicketDriver(engine, id, { run: '1.2' }).lease(1)

    expect(reply).toEqual({ kind: 'inactive', state: 'completed' })
  })
})

engineTest('runs of one ticket whose turns share a call take effect in their order', async ({ engine }) => {
  const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
  const lease = { ticket: 0, turn: 1, intent: 'lease' as const, want: 2, outcomes: [] }

  const { replies } = await takeTurns(engine, id, {
    turns: [
      { ...lease, run: '1.1' },
      { ...lease, run: '1.2' },
      { ...lease, run: '1.1', turn: 2, outcomes: [completed(0)] },
      { ...lease, run: '1.2', turn: 2, outcomes: [completed(0), retry(1)] },
    ],
    types: ['http'],
  })

  expect(replies.map(({ kind }) => kind)).toEqual(['run', 'run', 'superseded', 'wait'])
  expect(replies.slice(0, 2).map((reply) => tasksIn(reply).map(({ attempt }) => attempt))).toEqual([
    [1, 1],
    [2, 2],
  ])
  expect(await tasksOf(engine, id)).toMatchObject([
    { state: 'completed', attempts: 2 },
    { state: 'delayed', attempts: 2 },
  ])
})
