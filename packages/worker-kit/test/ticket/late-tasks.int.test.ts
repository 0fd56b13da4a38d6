import { appendTasks, interruptBatch, readBatch, readQueue, resumeBatch, type Engine } from '@sluice/engine'
import { isCluster } from '@sluice/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { RateLimitedError } from '../../src/errors.ts'
import type { HandlerContext } from '../../src/handler.ts'
import { startSlowLink } from '../support/slow-link.ts'
import { submit, until, workerTest } from '../support/worker-test.ts'

/** Clients of a cluster connect to its servers directly and not through the link. */
const slowLinkTest = workerTest.skipIf(isCluster)

const ROUNDS = 200

const GROUP = 50

/** Less than the 15 s between two passes of the reconciler: what starts within this time did not wait for it. */
const SOON_MS = 5000

/** The steps of a ticket after its last task take several times as long. */
const LAG_MS = 5

const FAR = { minDelayMs: 60_000, maxDelayMs: 60_000 }

/** Reports when the attempt of the first task of each batch ends. */
class FirstTasks {
  readonly #ended = new Map<string, () => void>()

  untilEnded(batchId: string): Promise<void> {
    return new Promise((resolve) => this.#ended.set(batchId, resolve))
  }

  end(batchId: string): void {
    this.#ended.get(batchId)?.()
  }
}

/** Waits for a moment somewhere in the steps of a ticket after its last task. */
async function aMoment(round: number): Promise<void> {
  await sleep((round % 25) + 1)
  for (let tick = 0; tick < round % 7; tick += 1) await new Promise(setImmediate)
}

async function completedOf(engine: Engine, batchId: string): Promise<number> {
  return (await readBatch(engine, batchId)).counts.completed
}

describe('tasks start soon if they are appended', { timeout: 60_000 }, () => {
  slowLinkTest('at the moment their batch’s last ticket retires', async ({ engine, startWorker, redisUrl }) => {
    const firstTasks = new FirstTasks()
    const work = (payload: unknown, { batchId }: HandlerContext) => {
      if (payload === 'first') firstTasks.end(batchId)
    }
    const slowLink = await startSlowLink(redisUrl, LAG_MS)
    await Promise.all([1, 2].map(() => startWorker({ handlers: { work } }, slowLink)))
    const appendWhileRetiring = async (round: number) => {
      const id = await submit(engine, { sealed: false })
      const ended = firstTasks.untilEnded(id)
      await appendTasks(engine, id, [['{"payload":"first"}']])
      await ended
      await aMoment(round)
      await appendTasks(engine, id, [['{"payload":"late"}']])
      return id
    }

    const batches = await inGroups(ROUNDS, appendWhileRetiring)

    for (const id of batches) await until(async () => (await completedOf(engine, id)) === 2, SOON_MS)
  })

  slowLinkTest('at the moment their batch’s ticket is delayed', async ({ engine, startWorker, redisUrl }) => {
    const firstTasks = new FirstTasks()
    const work = (payload: unknown, { batchId }: HandlerContext) => {
      if (payload !== 'first') return
      firstTasks.end(batchId)
      throw new RateLimitedError()
    }
    const slowLink = await startSlowLink(redisUrl, LAG_MS)
    await Promise.all([1, 2].map(() => startWorker({ handlers: { work } }, slowLink)))
    const appendWhileDelaying = async (round: number) => {
      const id = await submit(engine, { sealed: false, concurrency: 1, retry: FAR })
      const ended = firstTasks.untilEnded(id)
      await appendTasks(engine, id, [['{"payload":"first"}']])
      await ended
      await aMoment(round)
      await appendTasks(engine, id, [['{"payload":"late"}']])
      return id
    }

    const batches = await inGroups(ROUNDS, appendWhileDelaying)

    for (const id of batches) await until(async () => (await completedOf(engine, id)) === 1, SOON_MS)
  })

  workerTest('to a batch whose only ticket is delayed until a distant retry', async ({ engine, startWorker }) => {
    const work = (payload: unknown) => {
      if (payload === 'first') throw new RateLimitedError()
    }
    await startWorker({ handlers: { work } })
    const id = await submit(engine, { sealed: false, payloads: ['first'], concurrency: 1, retry: FAR })
    await until(async () => (await readQueue(engine, 'default')).tickets.delayed === 1)

    await appendTasks(engine, id, [['{"payload":"late"}']])

    await until(async () => (await completedOf(engine, id)) === 1, SOON_MS)
    expect((await readBatch(engine, id)).counts).toMatchObject({ delayed: 1, completed: 1 })
  })
})

describe('a batch continues soon if it is resumed', { timeout: 60_000 }, () => {
  slowLinkTest('at the moment its tickets stop', async ({ engine, startWorker, redisUrl }) => {
    const slowLink = await startSlowLink(redisUrl, LAG_MS)
    await Promise.all([1, 2].map(() => startWorker({ handlers: { work: () => sleep(1) } }, slowLink)))
    const interruptAndResume = async (round: number) => {
      const id = await submit(engine, { count: 30, concurrency: 1 })
      await until(async () => (await completedOf(engine, id)) > 0)
      await interruptBatch(engine, id)
      await aMoment(round)
      await resumeBatch(engine, id)
      return id
    }

    const batches = await inGroups(ROUNDS / 2, interruptAndResume)

    for (const id of batches) await until(async () => (await completedOf(engine, id)) === 30, SOON_MS)
  })
})

/** Runs rounds in groups, large enough for races and small enough to be quick. */
async function inGroups<T>(count: number, round: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let first = 0; first < count; first += GROUP) {
    results.push(...(await Promise.all(Array.from({ length: GROUP }, (_, i) => round(first + i)))))
  }
  return results
}
