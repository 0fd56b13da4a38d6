import { createDetection, listDetections, readBatch, readQueue, serveDetections, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { RateLimitedError } from '../src/errors.ts'
import type { Logger } from '../src/handler.ts'
import { ownServerTest, submit, tasksOf, until, untilFinished } from './support/worker-test.ts'

/** From now on there is room for so much; 0: for as much as anybody wants. */
async function limitMemory({ redis }: Engine, maxBytes: number): Promise<void> {
  await redis.config('SET', 'maxmemory', maxBytes)
}

/** A lock of 10 s, and two checks of 5 s each. */
const WITH_A_STALLED_TICKET_MS = 25_000

/** Long enough for each turn to be tried again a few times. */
const FULL_FOR_MS = 500

describe('when Redis is full', () => {
  ownServerTest('outcomes wait until there is room, and none is lost', async ({ ownEngine, startWorker, server }) => {
    const warnings: string[] = []
    const log: Logger = { debug() {}, info() {}, warn: (_fields, text) => void warnings.push(text), error() {} }
    const runs = new Map<unknown, number>()
    const work = async (payload: unknown) => {
      runs.set(payload, (runs.get(payload) ?? 0) + 1)
      await sleep(5)
    }
    await startWorker({ handlers: { work }, concurrency: 10, log }, server.url)
    const id = await submit(ownEngine, { count: 1000, concurrency: 5 })
    const completed = async () => (await readBatch(ownEngine, id)).counts.completed
    await until(async () => (await completed()) > 100)

    await limitMemory(ownEngine, 1_000_000)
    await until(() => warnings.filter((text) => text.startsWith('turn of ticket')).length >= 5)
    const completedBefore = await completed()
    const ranBefore = runs.size
    await sleep(FULL_FOR_MS)
    const [completedAfter, ranAfter] = [await completed(), runs.size]
    await limitMemory(ownEngine, 0)
    // A ticket that was to go to the back of its queue in that moment comes back when its lock has lapsed.
    const { counts } = await untilFinished(ownEngine, id, WITH_A_STALLED_TICKET_MS)

    expect([completedAfter, ranAfter]).toEqual([completedBefore, ranBefore])
    expect(ranBefore).toBeGreaterThanOrEqual(completedBefore + 5)
    expect(counts).toMatchObject({ completed: 1000, failed: 0 })
    expect(new Set(runs.values())).toEqual(new Set([1]))
    expect(new Set((await tasksOf(ownEngine, id)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
  })

  ownServerTest(
    'workers ask for tickets a few times a second, not all the time',
    async ({ ownEngine, startWorker, server }) => {
      const warnings: string[] = []
      const log: Logger = { debug() {}, info() {}, warn: (_fields, text) => void warnings.push(text), error() {} }
      const refusals = () => warnings.filter((text) => text === 'queue default reported an error').length
      let runs = 0
      const work = () => {
        runs += 1
        if (runs === 1) throw new RateLimitedError(FULL_FOR_MS)
      }
      await startWorker({ handlers: { work }, log }, server.url)
      const id = await submit(ownEngine, { count: 1 })
      await until(async () => (await readQueue(ownEngine, 'default')).tickets.delayed === 1)

      // The ticket falls due, and cannot be handed out.
      await limitMemory(ownEngine, 1_000_000)
      await until(() => refusals() > 0)
      await sleep(3 * FULL_FOR_MS)
      const whileFull = refusals()
      await limitMemory(ownEngine, 0)
      const { counts } = await untilFinished(ownEngine, id)

      expect(whileFull).toBeLessThan(10)
      expect(counts).toMatchObject({ completed: 1 })
    },
  )

  ownServerTest('workers ask for detections a few times a second, not all the time', async ({ ownEngine }) => {
    let refusals = 0
    const call = { url: 'http://127.0.0.1:9/' }
    await createDetection(ownEngine, { call, queue: 'default', budgets: {} })
    await limitMemory(ownEngine, 1_000_000)

    const service = await serveDetections(ownEngine, {
      runDetection: async () => ({ state: 'completed', result: {} }),
      onError: () => (refusals += 1),
    })
    await until(() => refusals > 0)
    await sleep(3 * FULL_FOR_MS)
    const whileFull = refusals
    await limitMemory(ownEngine, 0)

    await until(async () => (await listDetections(ownEngine))[0]?.state === 'completed')
    await service.close()
    expect(whileFull).toBeLessThan(10)
  })

  ownServerTest(
    'a worker may be started, and takes part when there is room',
    async ({ ownEngine, startWorker, server }) => {
      const id = await submit(ownEngine, { count: 10 })
      await limitMemory(ownEngine, 1_000_000)
      const warnings: string[] = []
      const log: Logger = { debug() {}, info() {}, warn: (_fields, text) => void warnings.push(text), error() {} }

      const starting = startWorker({ handlers: { work: () => 'done' }, log }, server.url)
      await until(() => warnings.length > 2)
      await limitMemory(ownEngine, 0)
      await starting

      expect((await untilFinished(ownEngine, id)).counts).toMatchObject({ completed: 10 })
    },
  )
})
