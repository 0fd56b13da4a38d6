import { putLimit, putQueue, readLimit } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { mostIn } from '../support/starts-in-window.ts'
import { submit, tasksOf, until, untilFinished, workerTest as test } from '../support/worker-test.ts'

test('a queue under an exhausted limit does not slow down another', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] })
  await putQueue(engine, 'limited', { limit: 'api', concurrency: 50 })
  await putQueue(engine, 'free', {})
  await startWorker({ handlers: { work: () => sleep(1) }, queues: ['limited', 'free'], concurrency: 10 })

  const limited = await submit(engine, { queue: 'limited', count: 100 })
  await until(async () => (await readLimit(engine, 'api')).rules[0]?.used === 1)
  const free = await submit(engine, { queue: 'free', count: 500 })

  await untilFinished(engine, free)
  expect((await tasksOf(engine, limited)).filter(({ state }) => state === 'completed').length).toBeLessThanOrEqual(1)
})

test('two queues under one limit share it', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 50, perMs: 500 }] })
  await putQueue(engine, 'first', { limit: 'api', concurrency: 20 })
  await putQueue(engine, 'second', { limit: 'api', concurrency: 20 })
  const starts: { queue: string; at: number }[] = []
  const work = async (_payload: unknown, { queue }: { queue: string }) => {
    starts.push({ queue, at: performance.now() })
    await sleep(5)
  }
  await startWorker({ handlers: { work }, queues: ['first', 'second'] })

  const ids = [
    await submit(engine, { queue: 'first', count: 100 }),
    await submit(engine, { queue: 'second', count: 100 }),
  ]

  await Promise.all(ids.map((id) => untilFinished(engine, id, 20_000)))
  expect(
    mostIn(
      starts.map(({ at }) => at),
      500,
    ),
  ).toBeLessThanOrEqual(50)
  // Neither queue had to wait for the other to finish.
  const half = starts.slice(0, 100)
  expect(half.filter(({ queue }) => queue === 'first').length).toBeGreaterThan(15)
  expect(half.filter(({ queue }) => queue === 'second').length).toBeGreaterThan(15)
})

test('two batches share a scarce limit in a worker that has slots for both', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 100 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 40 })
  const starts: string[] = []
  const work = async (_payload: unknown, { batchId }: { batchId: string }) => {
    starts.push(batchId)
    await sleep(5)
  }
  await startWorker({ handlers: { work }, queues: ['calls'] })

  const first = await submit(engine, { queue: 'calls', count: 20 })
  const second = await submit(engine, { queue: 'calls', count: 20 })
  await until(() => starts.length >= 20, 20_000)

  const early = starts.slice(0, 20)
  expect(early.filter((id) => id === first).length).toBeGreaterThanOrEqual(5)
  expect(early.filter((id) => id === second).length).toBeGreaterThanOrEqual(5)
})
