import {
  connectRedis,
  createEngine,
  listTasks,
  readBatch,
  scriptCalls,
  type Outcome,
  type Turn,
  type TurnReply,
} from '@sluice/engine'
import { isCluster } from '@sluice/testing'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import { Averages } from '../../src/ticket/averages.ts'
import { TurnQueues } from '../../src/ticket/turn-queue.ts'
import { startSlowLink } from '../support/slow-link.ts'
import { collectWarnings, submit, workerTest } from '../support/worker-test.ts'

const { log } = collectWarnings()

const test = workerTest.extend('queues', ({ engine }) => {
  return new TurnQueues({ engine, types: ['work'], log, averages: new Averages(), observe: () => {} })
})

function leaseTurn(ticket: number, turn: number, outcomes: Outcome[] = [], want = 1): Turn {
  return { ticket, run: '1.1', turn, intent: 'lease', want, outcomes }
}

function completed(seq: number): Outcome {
  return { kind: 'completed', seq, durationMs: 1, record: '{"ms":1,"attempt":1,"result":null}' }
}

function calls(): number {
  return scriptCalls().get('take-turns') ?? 0
}

function tasksIn(reply: TurnReply): number[] {
  return reply.kind === 'run' ? reply.tasks.map(({ seq }) => seq) : []
}

test('turns that tickets of a batch take at one moment share a call, and each leases tasks of its own', async ({
  engine,
  queues,
}) => {
  const id = await submit(engine, { count: 50 })
  const before = calls()

  const replies = await Promise.all(Array.from({ length: 50 }, (_, ticket) => queues.take(id, leaseTurn(ticket, 1), 0)))

  expect(calls() - before).toBe(1)
  expect(replies.flatMap(tasksIn)).toEqual(Array.from({ length: 50 }, (_, i) => i))
})

test.skipIf(isCluster)(
  'turns that come while a call is under way share the next one',
  async ({ engine, redisUrl, prefix, onTestFinished }) => {
    const id = await submit(engine, { count: 20 })
    const far = createEngine({ redis: connectRedis(await startSlowLink(redisUrl, 50)), prefix })
    onTestFinished(() => far.redis.disconnect())
    await far.redis.ping()
    const queues = new TurnQueues({ engine: far, types: ['work'], log, averages: new Averages(), observe: () => {} })
    const before = calls()

    const turns: Promise<TurnReply>[] = []
    for (let ticket = 0; ticket < 10; ticket += 1) {
      turns.push(queues.take(id, leaseTurn(ticket, 1), 0))
      await setImmediate()
      await setImmediate()
    }
    await Promise.all(turns)

    expect(calls() - before).toBe(2)
  },
)

test.skipIf(isCluster)(
  'turns for a second full call do not wait for the reply to the first one, and those for a third one do',
  async ({ engine, redisUrl, prefix, onTestFinished }) => {
    const id = await submit(engine, { count: 200 })
    const far = createEngine({ redis: connectRedis(await startSlowLink(redisUrl, 200)), prefix })
    onTestFinished(() => far.redis.disconnect())
    await far.redis.ping()
    const queues = new TurnQueues({ engine: far, types: ['work'], log, averages: new Averages(), observe: () => {} })
    const before = calls()

    const turns = Array.from({ length: 150 }, (_, ticket) => queues.take(id, leaseTurn(ticket, 1), 0))
    await setImmediate()
    await setImmediate()
    const underWay = calls() - before
    const replies = await Promise.all(turns)

    expect(underWay).toBe(2)
    expect(calls() - before).toBe(3)
    // The batch has 100 tickets.
    expect(replies.flatMap(tasksIn)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  },
)

test('outcomes that may wait go with the first turn that may not', async ({ engine, queues }) => {
  const id = await submit(engine, { count: 3 })
  await queues.take(id, leaseTurn(0, 1), 0)
  const before = calls()

  const patient = queues.take(id, leaseTurn(0, 2, [completed(0)]), 60_000)
  const [settled] = await Promise.all([patient, queues.take(id, leaseTurn(1, 1), 0)])

  expect(calls() - before).toBe(1)
  expect(settled.kind).toBe('run')
  expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, running: 2 })
})

test('outcomes that may wait are settled when their time has come, although no other turn is taken', async ({
  engine,
  queues,
}) => {
  const id = await submit(engine, { count: 1 })
  await queues.take(id, leaseTurn(0, 1), 0)

  await queues.take(id, leaseTurn(0, 2, [completed(0)]), 30)

  expect((await readBatch(engine, id)).state).toBe('completed')
})

test('a call is bounded: it takes at most 64 turns and 256 outcomes', async ({ engine, queues }) => {
  const id = await submit(engine, { count: 2000 })
  const before = calls()
  const leases = await Promise.all(
    Array.from({ length: 100 }, (_, ticket) => queues.take(id, leaseTurn(ticket, 1, [], 6), 0)),
  )
  expect(calls() - before).toBe(2)

  const settled = leases.map((reply, ticket) => queues.take(id, leaseTurn(ticket, 2, tasksIn(reply).map(completed)), 0))
  await Promise.all(settled)

  // 42 turns have 252 outcomes.
  expect(calls() - before).toBe(2 + 3)
  expect((await readBatch(engine, id)).counts.completed).toBe(600)
})

test('an ended batch does not leave a queue of turns behind', async ({ engine, queues }) => {
  const id = await submit(engine, { count: 1 })
  await queues.take(id, leaseTurn(0, 1), 0)
  await queues.take(id, leaseTurn(0, 2, [completed(0)]), 0)
  expect(queues.count).toBe(0)
  expect((await listTasks(engine, id, { pageSize: 10 })).tasks).toMatchObject([{ state: 'completed' }])
})
