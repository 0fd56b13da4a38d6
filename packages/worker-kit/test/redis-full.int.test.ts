import { readBatch, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { Logger } from '../src/handler.ts'
import { ownServerTest, submit, tasksOf, until, untilFinished } from './worker-test.ts'

/** From now on there is room for so much; 0: for as much as anybody wants. */
async function limitMemory({ redis }: Engine, maxBytes: number): Promise<void> {
  await redis.config('SET', 'maxmemory', maxBytes)
}

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
    const { counts } = await untilFinished(ownEngine, id)

    expect([completedAfter, ranAfter]).toEqual([completedBefore, ranBefore])
    expect(ranBefore).toBeGreaterThanOrEqual(completedBefore + 5)
    expect(counts).toMatchObject({ completed: 1000, failed: 0 })
    expect(new Set(runs.values())).toEqual(new Set([1]))
    expect(new Set((await tasksOf(ownEngine, id)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
  })
})
