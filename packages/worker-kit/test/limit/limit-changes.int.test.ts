import { deleteLimit, putLimit, putQueue, readQueue } from '@sluice/engine'
import { expect } from 'vitest'
import { collectWarnings, submit, until, untilFinished, workerTest as test } from '../support/worker-test.ts'

test('a batch runs faster once its limit is raised', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 5 })
  let runs = 0
  await startWorker({ handlers: { work: () => void (runs += 1) }, queues: ['calls'] })
  const id = await submit(engine, { queue: 'calls', count: 20 })
  await until(() => runs === 1)

  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1000, perMs: 60_000 }] })

  await untilFinished(engine, id, 40_000)
})

test('tasks that wait for a limit run once it was taken from their queue and deleted', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'slow', { rules: [{ unit: 'requests', max: 1, perMs: 3_600_000 }] })
  await putQueue(engine, 'calls', { limit: 'slow', concurrency: 4 })
  const starts: number[] = []
  await startWorker({ handlers: { work: () => void starts.push(performance.now()) }, queues: ['calls'] })
  const id = await submit(engine, { queue: 'calls', count: 8 })
  await until(() => starts.length === 1)
  // The tickets wait for permits, or for the limit to admit them.
  await until(async () => (await readQueue(engine, 'calls')).tickets.active === 4)

  await putQueue(engine, 'calls', { limit: null, concurrency: 4 })
  await deleteLimit(engine, 'slow')

  expect((await untilFinished(engine, id, 40_000)).counts).toMatchObject({ completed: 8 })
})

test('a queue under a missing limit starts nothing, logs it, and continues once the limit exists', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })
  await putQueue(engine, 'calls', { limit: 'api' })
  const { log, warnings } = collectWarnings()
  let runs = 0
  // The state after a process died while it created the limit. The first pass of the reconciler repairs it.
  const { settings } = engine.keys.limit('api')
  await engine.redis.del(settings)
  await startWorker({ handlers: { work: () => void (runs += 1) }, queues: ['calls'], log })
  await until(() => engine.redis.exists(settings))

  await engine.redis.del(settings)
  const id = await submit(engine, { queue: 'calls', count: 3 })
  await until(() => warnings.length > 0)
  expect([runs, warnings]).toEqual([0, ['a queue refers to a missing limit; its tasks wait until the limit exists']])
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })

  await untilFinished(engine, id, 20_000)
})
