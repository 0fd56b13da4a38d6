import {
  cancelBatch,
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
import {
  collectWarnings,
  ownServerTest,
  submit,
  until,
  untilFinished,
  workerTest as test,
} from '../support/worker-test.ts'

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
