import {
  interruptBatch,
  putLimit,
  putQueue,
  readBatch,
  readInterruptions,
  resumeBatch,
  sendSignal,
  type Batch,
  type Engine,
} from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { HandlerContext } from '../../src/handler.ts'
import { submit, tasksOf, untilFinished, workerTest } from '../support/worker-test.ts'

/** Waits until a batch is interrupted and none of its tasks runs, and returns it. */
async function untilStopped(engine: Engine, id: string): Promise<Batch> {
  await expect
    .poll(
      async () => {
        const { state, counts } = await readBatch(engine, id)
        return { state, running: counts.running }
      },
      { timeout: 10_000 },
    )
    .toEqual({ state: 'interrupted', running: 0 })
  return await readBatch(engine, id)
}

describe('a batch over two workers', () => {
  workerTest('stops on both and starts no other task on either', async ({ engine, startWorker }) => {
    const starts: number[] = []
    const failFrom300 = async (payload: unknown) => {
      starts.push(performance.now())
      await sleep(1)
      if (Number(payload) >= 300) throw new Error('down')
    }
    await startWorker({ handlers: { work: failFrom300 }, concurrency: 10 })
    await startWorker({ handlers: { work: failFrom300 }, concurrency: 10 })

    const id = await submit(engine, { count: 5000, interruptionCriteria: { maxConsecutiveFailures: 30 } })
    const { counts, lastInterruption } = await untilStopped(engine, id)

    const started = starts.length
    await sleep(300) // Long enough for a slice or a retry that must not happen.
    expect(starts.length).toBe(started)
    expect(lastInterruption).toMatchObject({ reason: 'consecutive_failures_exceeded', value: 30 })
    // Some of the first 300 may still wait in the slices of tickets, and are released.
    expect(counts.completed).toBeGreaterThan(0)
    expect(counts.pending).toBeGreaterThan(4000)
    expect(await readInterruptions(engine, id)).toHaveLength(1)
  })

  workerTest('stops, and another batch in the same queue continues', async ({ engine, startWorker }) => {
    const handler = async (payload: unknown) => {
      await sleep(1)
      if (payload === 'bad') throw new Error('down')
    }
    await startWorker({ handlers: { work: handler }, concurrency: 5 })

    const bad = await submit(engine, { payloads: Array(200).fill('bad'), interruptionCriteria: { maxFailedTasks: 1 } })
    const good = await submit(engine, {
      payloads: Array(200).fill('good'),
      interruptionCriteria: { maxFailedTasks: 1 },
    })

    expect((await untilStopped(engine, bad)).lastInterruption?.reason).toBe('failed_tasks_exceeded')
    expect(await untilFinished(engine, good)).toMatchObject({ state: 'completed', counts: { completed: 200 } })
  })

  workerTest('continues once it is resumed, and completes each task once', async ({ engine, startWorker }) => {
    const completions = new Map<number, number>()
    let isDown = true
    const handler = async (_payload: unknown, { seq }: HandlerContext) => {
      await sleep(1)
      if (isDown && seq >= 100) throw new Error('down')
      completions.set(seq, (completions.get(seq) ?? 0) + 1)
    }
    for (let i = 0; i < 2; i++) await startWorker({ handlers: { work: handler }, concurrency: 10 })
    const id = await submit(engine, {
      count: 400,
      retry: { maxAttempts: 100, minDelayMs: 1, maxDelayMs: 5 },
      interruptionCriteria: { maxConsecutiveFailures: 20 },
    })
    await untilStopped(engine, id)

    isDown = false
    await resumeBatch(engine, id)

    expect(await untilFinished(engine, id)).toMatchObject({ state: 'completed', counts: { completed: 400 } })
    expect([...completions.values()].filter((count) => count !== 1)).toEqual([])
    expect(completions.size).toBe(400)
  })
})

describe('a batch is stopped', () => {
  workerTest('by a success that makes the sample large enough', async ({ engine, startWorker }) => {
    const handler = (payload: unknown) => {
      if (Number(payload) < 5) throw new Error('down')
    }
    await startWorker({ handlers: { work: handler } })

    const id = await submit(engine, {
      count: 1000,
      concurrency: 1,
      retry: { maxAttempts: 1 },
      interruptionCriteria: { maxErrorRate: 0.1, minSample: 20 },
    })

    expect((await untilStopped(engine, id)).lastInterruption).toMatchObject({
      reason: 'error_rate_exceeded',
      value: 0.25,
    })
  })

  workerTest('by its runtime alone, while its only task runs', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work: () => sleep(1500) } })

    const id = await submit(engine, { count: 1, interruptionCriteria: { maxBatchRuntimeMs: 200 } })

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 10_000 }).toBe('interrupted')
    const { counts, lastInterruption } = await readBatch(engine, id)
    expect(lastInterruption?.reason).toBe('batch_runtime_exceeded')
    expect(counts.running).toBe(1)
    await untilStopped(engine, id)
    expect(await resumeBatch(engine, id)).toMatchObject({ state: 'completed', counts: { completed: 1 } })
  })

  workerTest('by an attempt that takes too long, which is aborted at once', async ({ engine, startWorker }) => {
    let reason: unknown
    const hang = (_payload: unknown, { signal }: HandlerContext) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject((reason = signal.reason) as Error))
      })
    await startWorker({ handlers: { work: hang } })

    const id = await submit(engine, { count: 2, concurrency: 1, interruptionCriteria: { taskTimeoutMs: 150 } })
    const { lastInterruption } = await untilStopped(engine, id)

    expect(lastInterruption).toMatchObject({ reason: 'task_timeout', threshold: 150 })
    expect(Number(lastInterruption?.value)).toBeGreaterThanOrEqual(150)
    expect(reason).toBeInstanceOf(Error)
    expect((await tasksOf(engine, id))[0]).toMatchObject({ state: 'delayed', error: { failureClass: 'timeout' } })
  })

  workerTest('by the first failure of a class that stopOn names', async ({ engine, startWorker }) => {
    const refuse = () => {
      throw Object.assign(new Error('the key is dead'), { status: 401 })
    }
    await startWorker({ handlers: { work: refuse }, concurrency: 1 })

    const id = await submit(engine, { count: 1000, interruptionCriteria: { stopOn: ['auth'] } })

    const { counts, lastInterruption } = await untilStopped(engine, id)
    expect(lastInterruption?.reason).toBe('fatal_failure')
    expect(counts).toMatchObject({ failed: 1, pending: 999 })
  })
})

describe('a stop that Redis has lost in a failover', () => {
  /** Tells all workers of a stop that the batch does not know. */
  async function loseStop(engine: Engine, batchId: string): Promise<void> {
    await sendSignal(engine, { kind: 'stop', batchId, version: 1000, abort: false })
  }

  workerTest('keeps no task from running', async ({ engine, startWorker }) => {
    await putQueue(engine, 'default', { paused: true })
    await startWorker({ handlers: { work: () => sleep(1) } })
    const id = await submit(engine, { count: 50 })

    await loseStop(engine, id)
    await putQueue(engine, 'default', { paused: false })

    expect((await untilFinished(engine, id)).counts.completed).toBe(50)
  })

  workerTest('keeps no task from running under a limit', async ({ engine, startWorker }) => {
    await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1000, perMs: 1000 }] })
    await putQueue(engine, 'default', { paused: true, limit: 'api' })
    await startWorker({ handlers: { work: () => sleep(1) } })
    const id = await submit(engine, { count: 50 })

    await loseStop(engine, id)
    await putQueue(engine, 'default', { paused: false })

    expect((await untilFinished(engine, id)).counts.completed).toBe(50)
  })
})

describe('interrupting through the API', () => {
  workerTest('lets running attempts finish', async ({ engine, startWorker }) => {
    const worker = await startWorker({ handlers: { work: () => sleep(200) } })
    const id = await submit(engine, { count: 50, concurrency: 5 })
    await expect.poll(() => worker.running).toBe(5)

    await interruptBatch(engine, id)

    const { counts } = await untilStopped(engine, id)
    expect(counts).toMatchObject({ completed: 5, pending: 45 })
  })

  workerTest(
    'with abort, aborts running attempts on every worker, releases their tasks and spends no attempt',
    async ({ engine, startWorker }) => {
      const hang = (_payload: unknown, { signal }: HandlerContext) => sleep(60_000, undefined, { signal })
      const workers = [
        await startWorker({ handlers: { work: hang }, concurrency: 3 }),
        await startWorker({ handlers: { work: hang }, concurrency: 3 }),
      ]
      const id = await submit(engine, { count: 50, concurrency: 6 })
      await expect.poll(() => workers.map(({ running }) => running), { timeout: 5000 }).toEqual([3, 3])

      await interruptBatch(engine, id, { abort: true })

      const { counts } = await untilStopped(engine, id)
      expect(counts).toMatchObject({ pending: 50, running: 0 })
      expect((await tasksOf(engine, id)).filter(({ attempts }) => attempts > 0)).toEqual([])
    },
  )
})
