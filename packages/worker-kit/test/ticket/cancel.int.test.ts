import { cancelBatch, interruptBatch, readBatch, resumeBatch } from '@sluice/engine'
import { isCluster } from '@sluice/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { HandlerContext } from '../../src/handler.ts'
import { startSlowLink } from '../support/slow-link.ts'
import { submit, tasksOf, until, untilFinished, workerTest } from '../support/worker-test.ts'

/** Soon enough: none of these attempts would end without the abort. */
const SOON_MS = 3000

/** A handler that runs until it is aborted and then rejects, as most handlers do. */
function untilAborted(_payload: unknown, { signal }: HandlerContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

describe('cancelling a batch', { timeout: 40_000 }, () => {
  workerTest('aborts its running attempts at once, on every worker', async ({ engine, startWorker }) => {
    const reasons: unknown[] = []
    const work = (payload: unknown, context: HandlerContext) => {
      context.signal.addEventListener('abort', () => reasons.push(context.signal.reason))
      return untilAborted(payload, context)
    }
    const workers = await Promise.all([1, 2].map(() => startWorker({ handlers: { work }, concurrency: 5 })))
    const id = await submit(engine, { count: 300 })
    await until(() => workers.every(({ running }) => running === 5))

    await cancelBatch(engine, id)
    const { state, counts } = await untilFinished(engine, id, SOON_MS)

    expect(state).toBe('cancelled')
    expect(counts).toMatchObject({ total: 300, cancelled: 300, running: 0, completed: 0, failed: 0 })
    expect(workers.map(({ running }) => running)).toEqual([0, 0])
    expect(reasons).toHaveLength(10)
    expect(reasons[0]).toMatchObject({ name: 'AttemptAbortedError', message: 'The batch was stopped.' })
    expect(new Set((await tasksOf(engine, id)).map(({ attempts }) => attempts))).toEqual(new Set([0]))
  })

  workerTest('does not affect other batches, and frees its slots for them', async ({ engine, startWorker }) => {
    const work = (payload: unknown, context: HandlerContext) =>
      payload === 'hang' ? untilAborted(payload, context) : sleep(20, 'done')
    const worker = await startWorker({ handlers: { work }, concurrency: 4 })
    const hanging = await submit(engine, { payloads: Array.from({ length: 10 }, () => 'hang'), concurrency: 3 })
    const other = await submit(engine, { count: 100 })
    await until(() => worker.running === 4)

    await cancelBatch(engine, hanging)

    await untilFinished(engine, hanging, SOON_MS)
    expect((await untilFinished(engine, other)).counts).toMatchObject({ completed: 100, failed: 0 })
    expect(new Set((await tasksOf(engine, other)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
  })

  workerTest('frees the slots of handlers that ignore their signal', async ({ engine, startWorker }) => {
    const work = (payload: unknown) => (payload === 'hang' ? new Promise(() => {}) : 'done')
    const worker = await startWorker({ handlers: { work }, concurrency: 2 })
    const hanging = await submit(engine, { payloads: ['hang', 'hang'] })
    await until(() => worker.running === 2)

    await cancelBatch(engine, hanging)

    expect((await untilFinished(engine, hanging, SOON_MS)).counts).toMatchObject({ cancelled: 2 })
    const { counts } = await untilFinished(engine, await submit(engine, { count: 10 }))
    expect(counts).toMatchObject({ completed: 10 })
  })

  workerTest('leaves counts that add up at any moment', async ({ engine, startWorker }) => {
    let ended = 0
    const work = async (payload: unknown) => {
      if (Number(payload) % 10 === 0) await sleep(2)
      ended += 1
      if (Number(payload) % 25 === 1) throw new Error('no')
    }
    await Promise.all([1, 2].map(() => startWorker({ handlers: { work }, concurrency: 10 })))

    for (let round = 0; round < 20; round += 1) {
      ended = 0
      const id = await submit(engine, { count: 500 })
      await sleep(round * 2)
      const isCompleted = await cancelBatch(engine, id).then(
        () => false,
        () => true,
      )
      const { counts } = await untilFinished(engine, id)

      expect(counts.completed + counts.failed + counts.cancelled).toBe(500)
      expect(counts.completed + counts.failed).toBeLessThanOrEqual(ended)
      if (isCompleted) expect(counts.cancelled).toBe(0)
      expect(counts).toMatchObject({ pending: 0, delayed: 0, running: 0 })
    }
  })

  // Clients of a cluster connect to its servers directly and not through the link.
  const slowLinkTest = workerTest.skipIf(isCluster)
  slowLinkTest('also aborts a task that is being leased at that moment', async ({ engine, startWorker, redisUrl }) => {
    // Between its lease and its start a task takes several round trips to Redis.
    await startWorker({ handlers: { work: untilAborted } }, await startSlowLink(redisUrl, 2))
    const batches: string[] = []

    for (let round = 0; round < 80; round += 1) {
      const id = await submit(engine, { count: 1 })
      await sleep(round % 40)
      await cancelBatch(engine, id)
      batches.push(id)
    }

    for (const id of batches) {
      expect((await untilFinished(engine, id, SOON_MS)).counts).toMatchObject({ cancelled: 1, running: 0 })
    }
  })
})

describe('interrupting a batch', () => {
  workerTest('lets running attempts finish and starts no other', async ({ engine, startWorker }) => {
    let started = 0
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const work = () => {
      started += 1
      return released
    }
    await startWorker({ handlers: { work }, concurrency: 5 })
    const id = await submit(engine, { count: 100 })
    await until(() => started === 5)

    await interruptBatch(engine, id)
    release()
    const { state, counts } = await untilFinished(engine, id)

    expect(state).toBe('interrupted')
    expect(counts).toMatchObject({ completed: 5, pending: 95 })
    expect(started).toBe(5)
    await resumeBatch(engine, id)
    expect((await untilFinished(engine, id)).counts).toMatchObject({ completed: 100 })
  })

  workerTest('with abort releases what runs and spends no attempt', async ({ engine, startWorker }) => {
    let isFirst = true
    const work = (payload: unknown, context: HandlerContext) => (isFirst ? untilAborted(payload, context) : 'done')
    const worker = await startWorker({ handlers: { work }, concurrency: 5 })
    const id = await submit(engine, { count: 20, retry: { maxAttempts: 1 } })
    await until(() => worker.running === 5)

    await interruptBatch(engine, id, { abort: true })
    await untilFinished(engine, id, SOON_MS)

    expect((await readBatch(engine, id)).counts).toMatchObject({ pending: 20, running: 0 })
    isFirst = false
    await resumeBatch(engine, id)
    expect((await untilFinished(engine, id)).counts).toMatchObject({ completed: 20 })
    expect(new Set((await tasksOf(engine, id)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
  })
})
