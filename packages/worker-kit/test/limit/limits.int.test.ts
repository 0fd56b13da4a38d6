import {
  cancelBatch,
  deleteLimit,
  interruptBatch,
  putLimit,
  putQueue,
  readBatch,
  readLimit,
  readQueue,
  scriptCalls,
} from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { RateLimitedError } from '../../src/errors.ts'
import {
  collectWarnings,
  ownServerTest,
  submit,
  tasksOf,
  until,
  untilFinished,
  workerTest as test,
} from '../support/worker-test.ts'

/** A busy machine may suspend a process for this long between its permit and its call. */
const INTERRUPTED_MS = 40

/** The largest number of starts in any window, as precisely as the test can observe them. */
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

test('a task that waits for its permit is released when its batch stops, and so is the permit', async ({
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

ownServerTest(
  'a task starts with its permit, even if its queue changed during the wait and the settings cannot be read',
  async ({ ownEngine: engine, startWorker, server, prefix }) => {
    const { redis } = engine
    await redis.call('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '&*', '+@all')
    await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 950 }] })
    await putQueue(engine, 'calls', { limit: 'api', concurrency: 2 })
    let runs = 0
    const url = server.url.replace('redis://', 'redis://worker:secret@')
    await startWorker(
      { handlers: { work: () => void (runs += 1) }, queues: ['calls'], log: collectWarnings().log },
      url,
    )

    const id = await submit(engine, { queue: 'calls', count: 2 })
    await until(async () => runs === 1 && (await readLimit(engine, 'api')).rules[0]?.reserved === 1)
    // All keys except the registry, which contains the settings of queues.
    await redis.call('ACL', 'SETUSER', 'worker', 'resetkeys', '~{*', `~${prefix}:{[^r]*`, `~${prefix}:[a-z]*`)
    await putQueue(engine, 'calls', { http: { timeoutMs: 1000 } })
    expect(runs, 'the second task still waits for its permit').toBe(1)

    try {
      await until(() => runs === 2)
    } finally {
      await redis.call('ACL', 'SETUSER', 'worker', '~*')
    }
    await untilFinished(engine, id)
  },
)

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

test('tasks beyond what the limit can start soon are not leased, so that a crash costs them no attempt', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 50 })
  await startWorker({ handlers: { work: () => {} }, queues: ['calls'] })

  const id = await submit(engine, { queue: 'calls', count: 100 })

  await until(async () => (await readBatch(engine, id)).counts.completed === 1)
  await until(async () => (await readQueue(engine, 'calls')).tickets.active === 50)
  // Time in which every ticket could lease a task.
  await sleep(200)
  expect((await readBatch(engine, id)).counts.running).toBeLessThanOrEqual(4)
})

test('a batch whose tickets wait for the limit is cancelled at once', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 20 })
  await startWorker({ handlers: { work: () => {} }, queues: ['calls'] })
  const id = await submit(engine, { queue: 'calls', count: 30 })
  await until(async () => (await readBatch(engine, id)).counts.completed === 1)

  await cancelBatch(engine, id)

  await until(async () => (await readQueue(engine, 'calls')).tickets.active === 0)
  expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, cancelled: 29 })
})

test('a worker whose tickets wait for a limit closes at once', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 20 })
  const worker = await startWorker({ handlers: { work: () => {} }, queues: ['calls'] })
  const id = await submit(engine, { queue: 'calls', count: 30 })
  await until(async () => (await readBatch(engine, id)).counts.completed === 1)

  await worker.close()

  expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 1, pending: 29, running: 0 })
})

test('tickets that wait for the limit retire together once their batch has nothing more for them', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 4, perMs: 100 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 100 })
  let runs = 0
  let turnsBefore = 0
  const work = () => {
    runs += 1
    if (runs === 100) turnsBefore = countTurnCalls()
  }
  await startWorker({ handlers: { work }, queues: ['calls'], concurrency: 100 })

  await submit(engine, { queue: 'calls', count: 100 })

  await until(() => runs === 100, 20_000)
  await until(async () => (await readQueue(engine, 'calls')).tickets.active === 0)
  // A call takes at most 64 turns. One by one as the limit admits them, they took 21 calls.
  expect(countTurnCalls() - turnsBefore).toBeLessThan(5)
})

test('a start under a scarce limit takes one call each for its turn, its permit and its mark', async ({
  engine,
  startWorker,
}) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 200 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 20 })
  const counts: Record<string, number>[] = []
  const work = async () => {
    counts.push(Object.fromEntries(scriptCalls()))
    await sleep(10)
  }
  await startWorker({ handlers: { work }, queues: ['calls'] })

  const id = await submit(engine, { queue: 'calls', count: 20 })
  await untilFinished(engine, id, 20_000)

  // From the sixth start on: the first window of admissions is larger. A start that is late takes a call more.
  const most = Math.ceil(1.5 * 14)
  const callsOf = (script: string) => (counts.at(-1)?.[script] ?? 0) - (counts[5]?.[script] ?? 0)
  expect(callsOf('take-turns')).toBeLessThanOrEqual(most)
  expect(callsOf('acquire-permits')).toBeLessThanOrEqual(most)
  expect(callsOf('mark-started')).toBeLessThanOrEqual(most)
})

test('tasks that start together under a limit are marked together', async ({ engine, startWorker }) => {
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 10_000, perMs: 1000 }] })
  await putQueue(engine, 'calls', { limit: 'api', concurrency: 50 })
  await startWorker({ handlers: { work: () => {} }, queues: ['calls'], concurrency: 50 })
  const before = scriptCalls().get('mark-started') ?? 0

  const id = await submit(engine, { queue: 'calls', count: 500 })
  await untilFinished(engine, id)

  // About ten at a time. Each had a call of its own.
  expect((scriptCalls().get('mark-started') ?? 0) - before).toBeLessThan(250)
})

function countTurnCalls(): number {
  return scriptCalls().get('take-turns') ?? 0
}
