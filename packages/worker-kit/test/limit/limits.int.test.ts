import { putLimit, putQueue, readBatch, readLimit } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { RateLimitedError } from '../../src/errors.ts'
import { mostIn } from '../support/starts-in-window.ts'
import { submit, tasksOf, until, untilFinished, workerTest as test } from '../support/worker-test.ts'

/** The time from one start to the next. */
function gapAfter(starts: readonly number[], i: number): number {
  return (starts[i + 1] ?? 0) - (starts[i] ?? 0)
}

test('several workers together never start more in any window than the limit allows', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 50, perMs: 500 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 40 })
  const starts: number[] = []
  const work = async () => {
    starts.push(performance.now())
    await sleep(10)
  }
  for (let i = 0; i < 3; i += 1) await startWorker({ handlers: { work }, queues: ['calls'] })

  const id = await submit(engine, { queue: 'calls', count: 200 })

  const batch = await untilFinished(engine, id, 20_000)
  expect(batch.counts).toMatchObject({ completed: 200 })
  expect(starts).toHaveLength(200)
  expect(mostIn(starts, 500)).toBeLessThanOrEqual(50)
})

test('weights count: tasks start only as fast as their tokens allow', async ({ engine, startWorker }) => {
  const rules = [
    { unit: 'requests', max: 1000, perMs: 1000 },
    { unit: 'tokens', max: 1000, perMs: 500 },
  ]
  await putLimit(engine, 'llm', { rules })
  await putQueue(engine, 'calls', { limit: 'llm', concurrency: 20 })
  const starts: number[] = []
  await startWorker({ handlers: { work: () => void starts.push(performance.now()) }, queues: ['calls'] })

  const envelopes = Array.from({ length: 40 }, () => ({ payload: 1, weights: { tokens: 99.5 } }))
  const id = await submit(engine, { queue: 'calls', envelopes })

  await untilFinished(engine, id, 20_000)
  expect(mostIn(starts, 500)).toBeLessThanOrEqual(10)
  expect(mostIn(starts, 500)).toBeGreaterThanOrEqual(8)
})

test('a task that weighs more than the limit ever allows fails at once, and the others continue', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'llm', { rules: [{ unit: 'tokens', max: 1000, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'llm' })
  await startWorker({ handlers: { work: () => 'done' }, queues: ['calls'] })

  const envelopes = [
    { payload: 1, weights: { tokens: 1001 } },
    { payload: 2, weights: { tokens: 10 } },
  ]
  const id = await submit(engine, { queue: 'calls', envelopes })

  await untilFinished(engine, id)
  const [heavy, light] = await tasksOf(engine, id)
  expect(heavy).toMatchObject({
    state: 'failed',
    error: {
      failureClass: 'invalid',
      message: 'The task weighs 1001 tokens, but limit "llm" allows at most 1000 per 60000 ms.',
    },
  })
  expect(light).toMatchObject({ state: 'completed' })
})

test('a 429 with Retry-After pauses the limit for all workers and spends no attempt', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 20 })
  const starts: number[] = []
  let refusedAt: number | undefined
  const work = async (payload: unknown) => {
    starts.push(performance.now())
    await sleep(5)
    if (payload === 20 && refusedAt === undefined) {
      refusedAt = performance.now()
      throw new RateLimitedError(3000)
    }
  }
  for (let i = 0; i < 2; i += 1) await startWorker({ handlers: { work }, queues: ['calls'] })

  const id = await submit(engine, { queue: 'calls', count: 60 })

  await until(async () => (await readLimit(engine, 'api')).pausedMs > 0)
  expect((await readBatch(engine, id)).pausedUntil, 'the limit is paused, not the batch').toBeNull()
  const batch = await untilFinished(engine, id, 20_000)
  expect(batch.counts).toMatchObject({ completed: 60 })
  // Until every worker has received the signal, tasks with a permit may still start.
  const during = starts.filter((at) => at > refusedAt! + 1000 && at < refusedAt! + 2990)
  expect(during).toEqual([])
  expect(await tasksOf(engine, id)).toMatchObject(Array.from({ length: 60 }, () => ({ attempts: 1 })))
})

test('the weights that a handler reports correct the limit', async ({ engine, startWorker }) => {
  await putLimit(engine, 'llm', { rules: [{ unit: 'tokens', max: 1000, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'llm' })
  await startWorker({ handlers: { work: (_payload, context) => context.settle({ tokens: 120 }) }, queues: ['calls'] })

  await untilFinished(
    engine,
    await submit(engine, { queue: 'calls', envelopes: [{ payload: 1, weights: { tokens: 500 } }] }),
  )

  await until(async () => (await readLimit(engine, 'llm')).rules[0]?.used === 120)
})

test('a handler pauses the limit when the upstream reports that nothing remains', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 1 })
  const starts: number[] = []
  const work = (_payload: unknown, context: { pause(ms: number): void }) => {
    starts.push(performance.now())
    context.pause(300)
  }
  await startWorker({ handlers: { work }, queues: ['calls'] })

  await untilFinished(engine, await submit(engine, { queue: 'calls', count: 3 }))

  expect(gapAfter(starts, 0)).toBeGreaterThanOrEqual(299)
  expect(gapAfter(starts, 1)).toBeGreaterThanOrEqual(299)
})
