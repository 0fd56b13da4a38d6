import { expect } from 'vitest'
import { putQueue } from '../../src/queue/put-queue.ts'
import { serveTickets } from '../../src/turn/serve-tickets.ts'
import { announceIdleWorker, readSlotDemand } from '../../src/turn/slot-demand.ts'
import { newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'

const test = engineTest.extend('runTickets', ({ openEngine, onTestFinished }) => {
  /** Runs tickets of the default queue, which hold their slots until the test ends. */
  return async (concurrency: number) => {
    const engine = openEngine()
    const { promise, resolve } = Promise.withResolvers<void>()
    const service = await serveTickets(engine, 'default', {
      concurrency,
      workerId: await addWorker(engine),
      runTicket: () => promise.then(() => ({ kind: 'superseded' })),
      onError: () => {},
    })
    onTestFinished(async () => {
      resolve()
      await service.close()
    })
  }
})

test('nothing wants a slot of a queue that has no tickets', async ({ engine }) => {
  expect(await readSlotDemand(engine, 'default')).toEqual({ isPaused: false, waiting: 0, idleWorker: null })
})

test('tickets that wait want slots, and so do delayed tickets once they are due', async ({ engine }) => {
  await newBatch(engine, { tasks: 5, concurrency: 3 })
  const queue = engine.ticketQueues.open('default')
  await queue.add('ticket', { epoch: 1 }, { delay: 60_000 })
  await queue.add('ticket', { epoch: 1 }, { delay: 1 })

  await expect.poll(async () => (await readSlotDemand(engine, 'default')).waiting).toBe(4)
})

test('a paused queue wants all slots', async ({ engine }) => {
  await putQueue(engine, 'default', { paused: true })
  await expect.poll(async () => (await readSlotDemand(engine, 'default')).isPaused).toBe(true)
})

test('an idle worker is announced while others run tickets', async ({ engine, runTickets }) => {
  await newBatch(engine, { tasks: 5, concurrency: 3 })
  await runTickets(3)
  const tickets = engine.ticketQueues.open('default')
  await expect.poll(() => tickets.getActiveCount()).toBe(3)

  await announceIdleWorker(engine, 'default', { runs: 1, types: ['http', 'mail'] })

  expect(await readSlotDemand(engine, 'default')).toEqual({
    isPaused: false,
    waiting: 0,
    idleWorker: { runs: 1, announcement: expect.any(String) as string, types: ['http', 'mail'] },
  })
  expect(await engine.redis.pttl(engine.keys.idleWorker('default'))).toBeGreaterThan(0)
})

test('a worker that runs all tickets of a queue is not announced', async ({ engine, runTickets }) => {
  await newBatch(engine, { tasks: 5, concurrency: 3 })
  await runTickets(3)
  const tickets = engine.ticketQueues.open('default')
  await expect.poll(() => tickets.getActiveCount()).toBe(3)

  await announceIdleWorker(engine, 'default', { runs: 3, types: ['http'] })

  expect((await readSlotDemand(engine, 'default')).idleWorker).toBeNull()
})

test('a worker that has yet to take waiting tickets is not announced', async ({ engine, runTickets }) => {
  await newBatch(engine, { tasks: 5, concurrency: 4 })
  await runTickets(3)
  const tickets = engine.ticketQueues.open('default')
  await expect.poll(() => tickets.getActiveCount()).toBe(3)

  await announceIdleWorker(engine, 'default', { runs: 1, types: ['http', 'mail'] })

  expect(await readSlotDemand(engine, 'default')).toEqual({ isPaused: false, waiting: 1, idleWorker: null })
})

test('an idle worker counts as running what was taken since it announced its slots', async ({ engine, runTickets }) => {
  await newBatch(engine, { tasks: 5, concurrency: 5 })
  await runTickets(2)
  const tickets = engine.ticketQueues.open('default')
  await expect.poll(() => tickets.getActiveCount()).toBe(2)
  const waiting = await engine.redis.zrange(tickets.toKey('prioritized'), '0', '-1')
  await engine.redis.del(tickets.toKey('prioritized'))
  await announceIdleWorker(engine, 'default', { runs: 1, types: ['http'] })
  expect((await readSlotDemand(engine, 'default')).idleWorker?.runs).toBe(1)

  await engine.redis.rpush(tickets.toKey('active'), ...waiting)

  expect((await readSlotDemand(engine, 'default')).idleWorker?.runs).toBe(4)
})
