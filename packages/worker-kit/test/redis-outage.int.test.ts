import { cancelBatch, putLimit, putQueue, readBatch, type Engine } from '@sluice/engine'
import { RedisLink } from '@sluice/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { HandlerContext } from '../src/handler.ts'
import { ownServerTest, submit, tasksOf, until, untilFinished } from './support/worker-test.ts'

/** A ticket whose turn was lost in transit waits until its lock expires and the ticket is found stalled. */
const WITH_A_STALLED_TICKET_MS = 25_000

/** A connection counts as dead after 5 s without a reply, and the locks of its tickets expire meanwhile. */
const WITH_A_DEAD_CONNECTION_MS = 45_000

async function cutConnections({ redis }: Engine): Promise<void> {
  for (const type of ['normal', 'pubsub']) await redis.call('CLIENT', 'KILL', 'TYPE', type)
}

describe('while a batch runs', { timeout: WITH_A_DEAD_CONNECTION_MS + 10_000 }, () => {
  ownServerTest('Redis may crash and restart', async ({ ownEngine: engine, startWorker, server }) => {
    const runs = new Map<unknown, number>()
    const work = async (payload: unknown) => {
      runs.set(payload, (runs.get(payload) ?? 0) + 1)
      await sleep(5)
    }
    await Promise.all([1, 2].map(() => startWorker({ handlers: { work }, concurrency: 5 }, server.url)))
    const id = await submit(engine, { count: 1500 })
    await until(async () => (await readBatch(engine, id)).counts.completed > 100)

    await server.kill()
    // Running tasks end without Redis, and their outcomes are kept until it is back.
    await sleep(200)
    await server.restart()
    const { state, counts } = await untilFinished(engine, id, WITH_A_STALLED_TICKET_MS)

    expect(state).toBe('completed')
    expect(counts).toMatchObject({ total: 1500, completed: 1500, failed: 0 })
    expect(runs.size).toBe(1500)
    expect((await tasksOf(engine, id)).every((task) => task.state === 'completed')).toBe(true)
  })

  ownServerTest(
    'nothing starts under a limit until Redis is back, and then the limit still holds',
    async ({ ownEngine: engine, startWorker, server }) => {
      await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 50, perMs: 1000 }] })
      await putQueue(engine, 'calls', { limit: 'api', concurrency: 10 })
      const starts: number[] = []
      const work = () => void starts.push(performance.now())
      await Promise.all([1, 2].map(() => startWorker({ handlers: { work }, queues: ['calls'] }, server.url)))
      const id = await submit(engine, { queue: 'calls', count: 200 })
      await until(() => starts.length > 60)

      await server.kill()
      // Permits that were granted before the crash may still be used.
      await sleep(900)
      const before = starts.length
      await sleep(700)
      expect(starts).toHaveLength(before)
      await server.restart()
      const { counts } = await untilFinished(engine, id, WITH_A_STALLED_TICKET_MS)

      expect(counts).toMatchObject({ completed: 200 })
      const spans = starts.slice(50).map((at, i) => at - (starts[i] ?? 0))
      expect(Math.min(...spans)).toBeGreaterThan(960)
    },
  )

  ownServerTest('all connections may be cut repeatedly', async ({ ownEngine: engine, startWorker, server }) => {
    const runs = new Map<unknown, number>()
    const work = async (payload: unknown) => {
      runs.set(payload, (runs.get(payload) ?? 0) + 1)
      await sleep(5)
    }
    await Promise.all([1, 2].map(() => startWorker({ handlers: { work }, concurrency: 5 }, server.url)))
    const id = await submit(engine, { count: 1500 })

    for (let cut = 1; cut <= 5; cut += 1) {
      await until(async () => (await readBatch(engine, id)).counts.completed > cut * 150)
      await cutConnections(engine)
    }
    const { counts } = await untilFinished(engine, id, WITH_A_STALLED_TICKET_MS)

    expect(counts).toMatchObject({ total: 1500, completed: 1500, failed: 0 })
    expect(runs.size).toBe(1500)
  })

  ownServerTest(
    'workers still receive signals after their connections were cut',
    async ({ ownEngine: engine, startWorker, server }) => {
      const work = (_payload: unknown, { signal }: HandlerContext) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        })
      const worker = await startWorker({ handlers: { work }, concurrency: 5 }, server.url)
      const id = await submit(engine, { count: 5 })
      await until(() => worker.running === 5)

      await cutConnections(engine)
      await until(async () => String(await engine.redis.call('PUBSUB', 'NUMSUB', engine.keys.signals)).endsWith(',1'))
      await cancelBatch(engine, id)

      expect((await untilFinished(engine, id, 3000)).counts).toMatchObject({ cancelled: 5 })
    },
  )

  ownServerTest(
    'a connection may be lost on the way without either end noticing',
    async ({ ownEngine: engine, startWorker, server, onTestFinished }) => {
      const link = await RedisLink.start(server.url)
      onTestFinished(() => link.close())
      await startWorker({ handlers: { work: () => sleep(5) }, concurrency: 5 }, link.url)
      const id = await submit(engine, { count: 500 })
      await until(async () => (await readBatch(engine, id)).counts.completed > 100)

      link.forget()
      const { counts } = await untilFinished(engine, id, WITH_A_DEAD_CONNECTION_MS)

      expect(counts).toMatchObject({ completed: 500, failed: 0 })
    },
  )

  ownServerTest('Redis may lose all scripts', async ({ ownEngine: engine, startWorker, server }) => {
    let runs = 0
    await startWorker({ handlers: { work: () => sleep(1, (runs += 1)) }, concurrency: 5 }, server.url)
    const id = await submit(engine, { count: 1000 })

    for (let flush = 1; flush <= 10; flush += 1) {
      await until(async () => (await readBatch(engine, id)).counts.completed > flush * 80)
      await engine.redis.script('FLUSH')
    }
    const { counts } = await untilFinished(engine, id)

    expect(counts).toMatchObject({ completed: 1000, failed: 0 })
    expect(runs).toBe(1000)
  })
})
