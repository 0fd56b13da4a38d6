import { interruptBatch, putLimit, putQueue, readBatch, readLimit } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { RateLimitedError } from '../../src/errors.ts'
import { submit, tasksOf, until, untilFinished, workerTest as test } from '../support/worker-test.ts'

/** A busy machine may stop a process for so long between its permit and its call. */
const INTERRUPTED_MS = 40

/** The most starts in any window, as far as the test can see when they were. */
function mostIn(starts: readonly number[], perMs: number): number {
  const windowMs = perMs - INTERRUPTED_MS
  const times = starts.toSorted((a, b) => a - b)
  let most = 0
  for (let first = 0, last = 0; last < times.length; last += 1) {
    while (times[first]! <= times[last]! - windowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

/** From one start to the next. */
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

test('weights count: tasks start as fast as their tokens allow', async ({ engine, startWorker }) => {
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

test('a task that weighs more than the limit ever allows fails at once and says so; the others go on', async ({
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
      message: 'The task needs 1001 tokens at once, and limit "llm" allows at most 1000 per 60000 ms.',
    },
  })
  expect(light).toMatchObject({ state: 'completed' })
})

test('a 429 with a time pauses the limit for all workers, and spends no attempt', async ({ engine, startWorker }) => {
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
  expect((await readBatch(engine, id)).pausedUntil, 'it is the limit that is paused, not the batch').toBeNull()
  const batch = await untilFinished(engine, id, 20_000)
  expect(batch.counts).toMatchObject({ completed: 60 })
  // Until every worker has heard of it, what it has a permit for may still start.
  const during = starts.filter((at) => at > refusedAt! + 1000 && at < refusedAt! + 2990)
  expect(during).toEqual([])
  expect(await tasksOf(engine, id)).toMatchObject(Array.from({ length: 60 }, () => ({ attempts: 1 })))
})

test('a task that waits for its permit is given back when its batch stops, and its permit with it', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 10, perMs: 10_000 }], burstFactor: 1000 })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 20 })
  await putLimit(engine, 'other', { rules: [{ unit: 'requests', max: 1, perMs: 900 }] })
  await putQueue(engine, 'slow', { limit: 'other', concurrency: 5 })
  let runs = 0
  await startWorker({ handlers: { work: () => void (runs += 1) }, queues: ['slow'] })

  const id = await submit(engine, { queue: 'slow', count: 10 })
  await until(async () => runs === 1 && (await readLimit(engine, 'other')).rules[0]?.reserved === 1)
  await interruptBatch(engine, id)

  const batch = await untilFinished(engine, id)
  expect(batch.counts).toMatchObject({ completed: 1, running: 0, pending: 9 })
  await until(async () => (await readLimit(engine, 'other')).rules[0]?.reserved === 0)
})

test('what a handler says a call really cost corrects the limit', async ({ engine, startWorker }) => {
  await putLimit(engine, 'llm', { rules: [{ unit: 'tokens', max: 1000, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'llm' })
  await startWorker({ handlers: { work: (_payload, context) => context.settle({ tokens: 120 }) }, queues: ['calls'] })

  await untilFinished(
    engine,
    await submit(engine, { queue: 'calls', envelopes: [{ payload: 1, weights: { tokens: 500 } }] }),
  )

  await until(async () => (await readLimit(engine, 'llm')).rules[0]?.used === 120)
})

test('a handler that hears that nothing remains pauses the limit', async ({ engine, startWorker }) => {
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

test('a queue under an exhausted limit does not slow another', async ({ engine, startWorker }) => {
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
  // Neither had to wait for the other to end.
  const half = starts.slice(0, 100)
  expect(half.filter(({ queue }) => queue === 'first').length).toBeGreaterThan(15)
  expect(half.filter(({ queue }) => queue === 'second').length).toBeGreaterThan(15)
})

test('a limit that is raised while a batch runs lets it go faster', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 5 })
  let runs = 0
  await startWorker({ handlers: { work: () => void (runs += 1) }, queues: ['calls'] })
  const id = await submit(engine, { queue: 'calls', count: 20 })
  await until(() => runs === 1)

  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1000, perMs: 60_000 }] })

  await untilFinished(engine, id, 40_000)
})

test('a queue under a limit that is gone starts nothing, says so, and goes on when it is back', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })
  await putQueue(engine, 'calls', { limit: 'api' })
  // As when whoever deleted it died on the way.
  await engine.redis.del(engine.keys.limit('api').settings)
  const warnings: string[] = []
  const quiet = () => {}
  const log = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (_fields: object, message: string) => warnings.push(message),
  }
  let runs = 0
  await startWorker({ handlers: { work: () => void (runs += 1) }, queues: ['calls'], log })

  const id = await submit(engine, { queue: 'calls', count: 3 })
  await until(() => warnings.length > 0)
  expect([runs, warnings]).toEqual([0, ['a queue is under a limit that does not exist: its tasks wait']])
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })

  await untilFinished(engine, id, 20_000)
})
