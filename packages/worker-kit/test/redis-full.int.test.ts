import { createDetection, listDetections, readBatch, readQueue, serveDetections, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { RateLimitedError } from '../src/errors.ts'
import { collectWarnings, ownServerTest, submit, tasksOf, until, untilFinished } from './support/worker-test.ts'

/** Sets the memory that Redis may use; 0 means no limit. */
async function limitMemory({ redis }: Engine, maxBytes: number): Promise<void> {
  await redis.config('SET', 'maxmemory', maxBytes)
}

/** A lock of 10 s and two checks of 5 s each. */
const WITH_A_STALLED_TICKET_MS = 25_000

/** Long enough for several retries of each turn. */
const IDLE_MS = 100
const FULL_FOR_MS = 500

/** Four refusals take at least this long. A worker that asked continuously would get thousands a second. */
const SOME_REFUSALS_MS = 1500

/** Waits until nothing has run for a while: between two tasks of a slice nothing runs either. */
async function untilIdle(running: () => number): Promise<void> {
  let idleSince = performance.now()
  await until(() => {
    if (running() > 0) idleSince = performance.now()
    return performance.now() - idleSince > IDLE_MS
  })
}

describe('when Redis is full', () => {
  ownServerTest(
    'outcomes are kept until there is room, and none is lost',
    async ({ ownEngine, startWorker, server }) => {
      const { log, warnings } = collectWarnings()
      const runs = new Map<unknown, number>()
      let running = 0
      const work = async (payload: unknown) => {
        runs.set(payload, (runs.get(payload) ?? 0) + 1)
        running += 1
        await sleep(5)
        running -= 1
      }
      await startWorker({ handlers: { work }, concurrency: 10, log }, server.url)
      const id = await submit(ownEngine, { count: 1000, concurrency: 5 })
      const completed = async () => (await readBatch(ownEngine, id)).counts.completed
      await until(async () => (await completed()) > 100)

      await limitMemory(ownEngine, 1_000_000)
      const hasFailed = () => warnings.some((text) => text.startsWith('taking turns of batch'))
      // All tickets wait for the call that fails, so none has a task left to run.
      await until(async () => hasFailed() && running === 0 && (await completed()) < runs.size)
      await untilIdle(() => running)
      const completedBefore = await completed()
      const ranBefore = runs.size
      await sleep(FULL_FOR_MS)
      const [completedAfter, ranAfter] = [await completed(), runs.size]
      await limitMemory(ownEngine, 0)
      // A ticket that was about to return to the end of its queue returns once its lock has expired.
      const { counts } = await untilFinished(ownEngine, id, WITH_A_STALLED_TICKET_MS)

      expect([completedAfter, ranAfter]).toEqual([completedBefore, ranBefore])
      expect(ranBefore).toBeGreaterThanOrEqual(completedBefore + 5)
      expect(counts).toMatchObject({ completed: 1000, failed: 0 })
      expect(new Set(runs.values())).toEqual(new Set([1]))
      expect(new Set((await tasksOf(ownEngine, id)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
    },
  )

  ownServerTest(
    'workers ask for tickets about once a second, not continuously',
    async ({ ownEngine, startWorker, server }) => {
      const refusedAt: number[] = []
      const warn = (_fields: object, text: string) => {
        if (text === 'queue default reported an error') refusedAt.push(performance.now())
      }
      let runs = 0
      const work = () => {
        runs += 1
        if (runs === 1) throw new RateLimitedError(FULL_FOR_MS)
      }
      await startWorker({ handlers: { work }, log: { ...collectWarnings().log, warn } }, server.url)
      const id = await submit(ownEngine, { count: 1 })
      await until(async () => (await readQueue(ownEngine, 'default')).tickets.delayed === 1)

      // The ticket is due and cannot be handed out.
      await limitMemory(ownEngine, 1_000_000)
      await until(() => refusedAt.length >= 4, 4 * SOME_REFUSALS_MS)
      await limitMemory(ownEngine, 0)
      const { counts } = await untilFinished(ownEngine, id)

      expect((refusedAt[3] ?? 0) - (refusedAt[0] ?? 0)).toBeGreaterThan(SOME_REFUSALS_MS)
      expect(counts).toMatchObject({ completed: 1 })
    },
  )

  ownServerTest('workers ask for detections about once a second, not continuously', async ({ ownEngine }) => {
    const refusedAt: number[] = []
    const call = { url: 'http://127.0.0.1:9/' }
    await createDetection(ownEngine, { call, queue: 'default', budgets: {} })
    await limitMemory(ownEngine, 1_000_000)

    const service = await serveDetections(ownEngine, {
      workerId: 'no-heartbeat',
      runDetection: async () => ({ state: 'completed', result: {} }),
      onError: () => void refusedAt.push(performance.now()),
    })
    await until(() => refusedAt.length >= 4, 4 * SOME_REFUSALS_MS)
    await limitMemory(ownEngine, 0)

    await until(async () => (await listDetections(ownEngine))[0]?.state === 'completed')
    await service.close()
    expect((refusedAt[3] ?? 0) - (refusedAt[0] ?? 0)).toBeGreaterThan(SOME_REFUSALS_MS)
  })

  ownServerTest('a worker can start, and runs tasks once there is room', async ({ ownEngine, startWorker, server }) => {
    const id = await submit(ownEngine, { count: 10 })
    await limitMemory(ownEngine, 1_000_000)
    const { log, warnings } = collectWarnings()

    const starting = startWorker({ handlers: { work: () => 'done' }, log }, server.url)
    await until(() => warnings.length > 2)
    await limitMemory(ownEngine, 0)
    await starting

    expect((await untilFinished(ownEngine, id)).counts).toMatchObject({ completed: 10 })
  })
})
