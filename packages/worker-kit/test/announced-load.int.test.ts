import { createBatch, listWorkers } from '@sluice/engine'
import { hostname } from 'node:os'
import { describe, expect } from 'vitest'
import { until, workerTest } from './support/worker-test.ts'

describe('a worker', () => {
  workerTest('announces where it runs, and what it runs now', async ({ engine, startWorker, onTestFinished }) => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
    onTestFinished(() => release(undefined))
    await createBatch(engine, { type: 'slow', tasks: ['{"payload":1}', '{"payload":2}'], concurrency: 2 })

    await startWorker({ handlers: { slow: () => released }, queues: ['default'], concurrency: 7 })

    const load = async () => (await listWorkers(engine)).map(({ running, tickets }) => ({ running, tickets }))
    await until(async () => (await load())[0]?.running === 2)
    expect(await load()).toEqual([{ running: 2, tickets: { default: 2 } }])
    expect(await listWorkers(engine)).toMatchObject([
      { host: hostname(), pid: process.pid, concurrency: 7, queues: ['default'], types: ['slow'] },
    ])

    release(undefined)
    await until(async () => (await load())[0]?.running === 0)
    expect(await load()).toEqual([{ running: 0, tickets: {} }])
  })
})
