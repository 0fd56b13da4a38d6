import { putQueue, readQueue } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { Gauge, submit, until, untilFinished, workerTest } from '../support/worker-test.ts'

/** Long enough for tasks that may run at once to do so. */
const TASK_MS = 15

describe('no more tasks run at once', () => {
  workerTest('than the batch allows, over all workers', async ({ engine, startWorker }) => {
    const gauge = new Gauge()
    const work = () => gauge.during(() => sleep(TASK_MS))
    await Promise.all([1, 2, 3].map(() => startWorker({ handlers: { work }, concurrency: 10 })))

    const id = await submit(engine, { count: 150, concurrency: 4 })
    await untilFinished(engine, id)

    expect(gauge.peak).toBe(4)
  })

  workerTest('than the queue allows, whatever its batches do', async ({ engine, startWorker }) => {
    await putQueue(engine, 'narrow', { concurrency: 5 })
    const gauge = new Gauge()
    const work = () => gauge.during(() => sleep(TASK_MS))
    await Promise.all([1, 2, 3].map(() => startWorker({ handlers: { work }, concurrency: 10 })))

    const batches = await Promise.all(
      [undefined, 3, 100].map((concurrency) => submit(engine, { count: 60, queue: 'narrow', concurrency })),
    )
    await Promise.all(batches.map((id) => untilFinished(engine, id)))

    expect(gauge.peak).toBe(5)
  })

  workerTest('than the worker allows', async ({ engine, startWorker }) => {
    const gauge = new Gauge()
    await startWorker({ handlers: { work: () => gauge.during(() => sleep(TASK_MS)) }, concurrency: 3 })

    const id = await submit(engine, { count: 60 })
    await untilFinished(engine, id)

    expect(gauge.peak).toBe(3)
  })
})

describe('a queue’s concurrency that is changed while its batches run', () => {
  workerTest('takes effect when it is raised', async ({ engine, startWorker }) => {
    await putQueue(engine, 'elastic', { concurrency: 2 })
    const gauge = new Gauge()
    await startWorker({ handlers: { work: () => gauge.during(() => sleep(TASK_MS)) } })
    const id = await submit(engine, { count: 500, queue: 'elastic' })
    await until(() => gauge.peak === 2)

    await putQueue(engine, 'elastic', { concurrency: 20 })

    await until(() => gauge.peak === 20)
    await untilFinished(engine, id)
    expect(gauge.peak).toBe(20)
  })

  workerTest('takes effect for batches that already have their tickets', async ({ engine, startWorker }) => {
    await putQueue(engine, 'elastic', { concurrency: 2 })
    const gauge = new Gauge()
    await startWorker({ handlers: { work: () => gauge.during(() => sleep(TASK_MS)) } })
    const batches = await Promise.all(
      [1, 2, 3].map(() => submit(engine, { count: 200, queue: 'elastic', concurrency: 2 })),
    )
    await until(() => gauge.peak === 2)

    await putQueue(engine, 'elastic', { concurrency: 6 })

    await until(() => gauge.peak === 6)
    await Promise.all(batches.map((id) => untilFinished(engine, id)))
    expect(gauge.peak).toBe(6)
  })

  workerTest('takes effect when it is lowered', async ({ engine, startWorker }) => {
    await putQueue(engine, 'elastic', { concurrency: 20 })
    const gauge = new Gauge()
    await startWorker({ handlers: { work: () => gauge.during(() => sleep(TASK_MS)) } })
    const id = await submit(engine, { count: 600, queue: 'elastic' })
    await until(() => gauge.peak === 20)

    await putQueue(engine, 'elastic', { concurrency: 2 })

    await until(async () => (await readQueue(engine, 'elastic')).tickets.active === 2)
    gauge.peak = 0
    // Time for many tasks, of which no three may run at once.
    await sleep(10 * TASK_MS)
    expect(gauge.peak).toBeLessThanOrEqual(2)
    await putQueue(engine, 'elastic', { concurrency: 50 })
    await untilFinished(engine, id)
  })
})
