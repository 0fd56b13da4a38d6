import { appendTasks, sealBatch } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { HandlerContext } from '../../src/handler.ts'
import type { WorkerEvent } from '../../src/worker-scope.ts'
import { submit, tasksOf, untilFinished, workerTest } from '../support/worker-test.ts'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)

describe('a batch', () => {
  workerTest('completes on one worker and runs each task once', async ({ engine, startWorker }) => {
    const seen: number[] = []
    const work = (payload: unknown) => seen.push(payload as number)
    const id = await submit(engine, { count: 3000 })

    await startWorker({ handlers: { work } })
    const batch = await untilFinished(engine, id)

    expect(batch).toMatchObject({ state: 'completed', counts: { total: 3000, completed: 3000, failed: 0 } })
    expect(sorted(seen)).toEqual(range(3000))
    expect(new Set((await tasksOf(engine, id)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
  })

  workerTest('is shared by three workers and runs each task once', async ({ engine, startWorker }) => {
    const seen: number[][] = [[], [], []]
    await Promise.all(
      seen.map((own) => startWorker({ handlers: { work: (n) => sleep(1, own.push(n as number)) }, concurrency: 5 })),
    )

    const id = await submit(engine, { count: 1500 })
    const batch = await untilFinished(engine, id)

    expect(batch).toMatchObject({ state: 'completed', counts: { completed: 1500, failed: 0 } })
    expect(sorted(seen.flat())).toEqual(range(1500))
    expect(seen.every((own) => own.length > 0)).toBe(true)
  })

  workerTest('records what its handlers return, and describes the attempt to them', async ({ engine, startWorker }) => {
    const work = (payload: unknown, attempt: HandlerContext) => {
      const { batchId, queue, seq, key, attempt: number, maxAttempts, signal, http } = attempt
      return { payload, batchId, queue, seq, key, number, maxAttempts, isAborted: signal.aborted, http }
    }
    const id = await submit(engine, {
      envelopes: [{ payload: { a: 'ü' }, key: 'first' }, {}],
      retry: { maxAttempts: 4 },
    })

    await startWorker({ handlers: { work } })
    await untilFinished(engine, id)

    const common = { batchId: id, queue: 'default', number: 1, maxAttempts: 4, isAborted: false, http: {} }
    expect(await tasksOf(engine, id)).toMatchObject([
      { result: { ...common, payload: { a: 'ü' }, seq: 0, key: 'first' } },
      { result: { ...common, seq: 1 } },
    ])
  })

  workerTest('that receives tasks while it runs completes once it is sealed', async ({ engine, startWorker }) => {
    const id = await submit(engine, { sealed: false })
    await startWorker({ handlers: { work: () => 'ok' } })

    for (const _ of range(20)) await appendTasks(engine, id, [['{"payload":1}', '{"payload":2}']])
    await sealBatch(engine, id)
    const batch = await untilFinished(engine, id)

    expect(batch).toMatchObject({ state: 'completed', counts: { total: 40, completed: 40 } })
  })
})

describe('a task that fails', () => {
  workerTest('is retried until it succeeds, and every attempt is observed', async ({ engine, startWorker }) => {
    const work = (payload: unknown, { attempt }: HandlerContext) => {
      if (attempt <= Number(payload)) throw new Error(`attempt ${attempt} of many`)
      return attempt
    }
    const id = await submit(engine, { payloads: [0, 1, 2, 3], retry: { maxAttempts: 3, minDelayMs: 1, maxDelayMs: 5 } })
    const events: WorkerEvent[] = []

    await startWorker({ handlers: { work }, observe: (event) => events.push(event) })
    const batch = await untilFinished(engine, id)

    expect(batch.counts).toMatchObject({ completed: 3, failed: 1 })
    expect(await tasksOf(engine, id)).toMatchObject([
      { state: 'completed', attempts: 1, result: 1, error: null },
      { state: 'completed', attempts: 2, result: 2, error: null },
      { state: 'completed', attempts: 3, result: 3, error: null },
      { state: 'failed', attempts: 3, error: { failureClass: 'handler', message: 'attempt 3 of many' } },
    ])
    const attempts = events.filter(({ kind }) => kind === 'attempt') as { outcome: string }[]
    const counted = Object.groupBy(attempts, ({ outcome }) => outcome)
    expect(counted.completed).toHaveLength(3)
    expect(counted.retry).toHaveLength(5)
    expect(counted.failed).toHaveLength(1)
  })

  workerTest('may set its own number of attempts', async ({ engine, startWorker }) => {
    const envelopes = [{ maxAttempts: 1 }, { maxAttempts: 5 }, {}]
    const work = (_payload: unknown, { maxAttempts }: HandlerContext) => {
      throw new Error(`one of ${maxAttempts}`)
    }
    const id = await submit(engine, { envelopes, retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 1 } })

    await startWorker({ handlers: { work } })
    await untilFinished(engine, id)

    expect(await tasksOf(engine, id)).toMatchObject([
      { state: 'failed', attempts: 1, error: { message: 'one of 1' } },
      { state: 'failed', attempts: 5, error: { message: 'one of 5' } },
      { state: 'failed', attempts: 2, error: { message: 'one of 2' } },
    ])
  })
})

describe('the type of a task', () => {
  workerTest('is its own, or its batch’s by default', async ({ engine, startWorker }) => {
    const id = await submit(engine, { type: 'copy', envelopes: [{ payload: 2 }, { payload: 2, type: 'double' }] })

    await startWorker({ handlers: { copy: (n) => n, double: (n) => Number(n) * 2 } })
    await untilFinished(engine, id)

    expect(await tasksOf(engine, id)).toMatchObject([
      { type: 'copy', result: 2 },
      { type: 'double', result: 4 },
    ])
  })
})
