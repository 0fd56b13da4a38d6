import { describe, expect } from 'vitest'
import { cancelBatch } from '../src/batch/cancel-batch.ts'
import { checkRedisSettings, engineCounts } from '../src/health.ts'
import { receiveSignals, sendSignal, type Signal } from '../src/signals.ts'
import { newBatch } from './support/batches.ts'
import { engineTest } from './support/engine-test.ts'

describe('the health check', () => {
  engineTest('counts batches by state and tickets by queue', async ({ engine }) => {
    await newBatch(engine, { tasks: 3 })
    await newBatch(engine, { tasks: [], sealed: true })
    await cancelBatch(engine, await newBatch(engine))

    expect(await engineCounts(engine)).toEqual({
      tasks: undefined,
      limits: [],
      batches: { active: 1, interrupted: 0, completed: 1, cancelled: 1 },
      queues: [{ name: 'default', active: 0, waiting: 3, delayed: 0 }],
    })
  })

  engineTest('gives no warning about a Redis that evicts no keys', async ({ engine }) => {
    expect(await checkRedisSettings(engine)).toEqual([])
  })
})

describe('a signal', () => {
  engineTest('reaches every process until it unsubscribes', async ({ engine, openEngine, onTestFinished }) => {
    const first: Signal[] = []
    const second: Signal[] = []
    const stopFirst = await receiveSignals(engine, (signal) => first.push(signal))
    onTestFinished(await receiveSignals(openEngine(), (signal) => second.push(signal)))

    await sendSignal(engine, { kind: 'queue', queue: 'a' })
    await expect.poll(() => first, { timeout: 5000 }).toHaveLength(1)
    await stopFirst()
    await sendSignal(engine, { kind: 'stop', batchId: 'b', version: 2, abort: true })
    await expect.poll(() => second, { timeout: 5000 }).toHaveLength(2)

    expect(first).toEqual([{ kind: 'queue', queue: 'a' }])
    expect(second).toEqual([
      { kind: 'queue', queue: 'a' },
      { kind: 'stop', batchId: 'b', version: 2, abort: true },
    ])
  })
})
