import { putQueue, readBatch, readSlotDemand, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { HandlerContext } from '../../src/handler.ts'
import { Gauge, submit, tasksOf, until, untilFinished, workerTest as test } from '../support/worker-test.ts'

/** Long enough for a turn. Slices hold several of such tasks. */
const TASK_MS = 20

/** The turn that leased the tasks of a batch's only ticket last. */
async function lastTurn(engine: Engine, batchId: string): Promise<string> {
  return (await engine.redis.hget(engine.keys.batch(batchId).leases, '0'))?.split(' ')[1] ?? ''
}

/**
 * Creates a handler of tasks that take 20 ms each. The first one that is behind the tenth, and behind which others have
 * been leased while it ran, ends as the test says.
 */
function followedTask(engine: Engine, end: () => unknown) {
  const started: number[] = []
  let followed: number | undefined
  const work = async (_payload: unknown, { batchId, seq }: HandlerContext) => {
    started.push(seq)
    const before = await lastTurn(engine, batchId)
    await sleep(TASK_MS)
    if (followed !== undefined || seq < 10 || (await lastTurn(engine, batchId)) === before) return 'done'
    followed = seq
    return await end()
  }
  return { work, started, followed: () => followed }
}

test('a ticket leases its next tasks while one runs, so that its slot does not wait for Redis', async ({
  engine,
  startWorker,
}) => {
  const gauge = new Gauge()
  let turnsMeanwhile = 0
  await startWorker({
    handlers: { work: () => gauge.during(() => sleep(TASK_MS)) },
    observe: ({ kind }) => void (turnsMeanwhile += kind === 'turn' ? gauge.now : 0),
  })

  const id = await submit(engine, { count: 60, concurrency: 1 })

  await untilFinished(engine, id)
  expect(turnsMeanwhile).toBeGreaterThan(0)
  expect((await tasksOf(engine, id)).map(({ attempts }) => attempts)).toEqual(Array.from({ length: 60 }, () => 1))
})

test('tasks that were leased behind a task that turns out to be slow run elsewhere', async ({
  engine,
  startWorker,
}) => {
  const release = Promise.withResolvers<string>()
  const { work, followed } = followedTask(engine, () => release.promise)
  await startWorker({ handlers: { work } })
  const id = await submit(engine, { count: 100, concurrency: 1 })
  await until(() => followed() !== undefined)

  // The slow task still runs, and the tasks behind it are free.
  await until(async () => (await readBatch(engine, id)).counts.completed === followed())
  const { leases } = engine.keys.batch(id)
  await until(async () => (await engine.redis.hget(leases, '0'))?.endsWith(` ${followed()}`))
  release.resolve('slow, but done')

  await untilFinished(engine, id)
  const tasks = await tasksOf(engine, id)
  expect(tasks.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(
    Array.from({ length: 100 }, () => 'completed 1'),
  )
  expect(tasks[followed() ?? 0]?.result).toBe('slow, but done')
})

test('a failure is judged before tasks start that were leased behind it', async ({ engine, startWorker }) => {
  const { work, started, followed } = followedTask(engine, () => Promise.reject(new Error('failed')))
  await startWorker({ handlers: { work } })

  const id = await submit(engine, {
    count: 100,
    concurrency: 1,
    retry: { maxAttempts: 1 },
    interruptionCriteria: { maxFailedTasks: 1 },
  })

  const { state, counts } = await untilFinished(engine, id)
  expect(state).toBe('interrupted')
  expect(started.at(-1), 'the last task that started').toBe(followed())
  expect(counts).toMatchObject({ failed: 1, completed: started.length - 1, pending: 100 - started.length })
})

test('tasks that were leased ahead are released if a ticket waits by then', async ({ engine, startWorker }) => {
  await putQueue(engine, 'single', { concurrency: 1 })
  const order: string[] = []
  let small: string | undefined
  const submitSmall = async () => {
    small = await submit(engine, { type: 'small', count: 1, queue: 'single' })
    await until(async () => (await readSlotDemand(engine, 'single')).waiting > 0)
    // When the task began, the worker had read that nothing waits, and it keeps that answer for 50 ms. A slice that takes
    // 250 ms releases its tasks anyway.
    await sleep(40)
  }
  const { work, started, followed } = followedTask(engine, submitSmall)
  await startWorker({
    handlers: {
      work: (payload: unknown, context: HandlerContext) => (order.push('large'), work(payload, context)),
      small: () => void order.push('small'),
    },
  })

  const large = await submit(engine, { count: 200, concurrency: 1, queue: 'single' })
  await until(() => small !== undefined)
  await untilFinished(engine, small ?? '')

  const before = order.slice(0, order.indexOf('small'))
  expect(started[before.length - 1], 'the last task that started before the other batch').toBe(followed())
  await untilFinished(engine, large)
})
