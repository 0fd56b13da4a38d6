import { appendTasks, interruptBatch, putQueue, readBatch, readReport } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { RateLimitedError } from '../../src/errors.ts'
import type { Logger } from '../../src/handler.ts'
import type { WorkerEvent } from '../../src/worker-scope.ts'
import { submit, until, untilFinished, workerTest } from '../support/worker-test.ts'

/** An upstream that accepts `max` calls in each window, and refuses the others without a time. */
function windows(max: number, windowMs: number): { call: () => Promise<void>; refused: () => number } {
  let window = -1
  let accepted = 0
  let refused = 0
  const call = async () => {
    const current = Math.floor(performance.now() / windowMs)
    if (current !== window) [window, accepted] = [current, 0]
    if (accepted >= max) {
      refused += 1
      throw new RateLimitedError()
    }
    accepted += 1
    await sleep(5)
  }
  return { call, refused: () => refused }
}

/** A log that collects the levels and messages of its entries. */
function collectEntries(): { log: Logger; entries: string[] } {
  const entries: string[] = []
  const at = (level: string) => (_fields: object, message: string) => void entries.push(`${level}: ${message}`)
  return { log: { debug() {}, info: at('info'), warn: at('warn'), error: at('error') }, entries }
}

describe('an upstream that refuses calls without a time', () => {
  workerTest('costs no task, whatever worker calls it', async ({ engine, startWorker }) => {
    const { call, refused } = windows(20, 1000)
    const { log, entries } = collectEntries()
    const changes: string[] = []
    const observe = (event: WorkerEvent) => void (event.kind === 'pace' && changes.push(event.change))
    for (let i = 0; i < 3; i += 1) await startWorker({ handlers: { work: call }, concurrency: 4, log, observe })

    // With one attempt a task, a refusal that spent it would fail the task.
    const id = await submit(engine, { count: 100, concurrency: 12, retry: { maxAttempts: 1, minDelayMs: 250 } })
    const batch = await untilFinished(engine, id, 60_000)

    expect(batch.counts).toMatchObject({ completed: 100, failed: 0 })
    expect((await readReport(engine, id)).postponements).toBe(refused())
    // A burst of 12, and a few probes: without pauses there would be thousands.
    expect(refused()).toBeLessThan(60)
    expect(entries.filter((entry) => entry.includes('upstream'))).toEqual([
      'warn: the upstream refuses calls; the batch pauses, then one task probes',
      'info: the upstream accepts calls again; the batch starts them at a pace',
    ])
    expect(changes[0]).toBe('paused')
    expect(changes).toContain('reopened')
  })

  workerTest('keeps no slot from other batches', async ({ engine, startWorker }) => {
    await putQueue(engine, 'single', { concurrency: 1 })
    const work = (payload: unknown) => {
      if (payload === 'refused') throw new RateLimitedError()
    }
    await startWorker({ handlers: { work } })
    const retry = { minDelayMs: 60_000, maxDelayMs: 60_000 }
    const resting = await submit(engine, { payloads: Array(50).fill('refused'), queue: 'single', retry })
    await until(async () => (await readBatch(engine, resting)).upstreamWait?.kind === 'paused')

    const other = await submit(engine, { payloads: Array(50).fill('accepted'), queue: 'single' })

    expect((await untilFinished(engine, other)).counts).toMatchObject({ completed: 50 })
    expect(await readBatch(engine, resting)).toMatchObject({ state: 'active', upstreamWait: { kind: 'paused' } })
  })

  workerTest('receives one call at a time after the pause', async ({ engine, startWorker }) => {
    let running = 0
    let calls = 0
    let mostAtOnce = 0
    const work = async () => {
      running += 1
      calls += 1
      mostAtOnce = Math.max(mostAtOnce, running)
      await sleep(20)
      running -= 1
      throw new RateLimitedError()
    }
    for (let i = 0; i < 3; i += 1) await startWorker({ handlers: { work }, concurrency: 4 })
    const id = await submit(engine, { count: 30, concurrency: 12, retry: { maxDelayMs: 300 } })
    await until(async () => {
      const { counts, upstreamWait } = await readBatch(engine, id)
      return upstreamWait !== null && counts.running === 0
    })
    calls = mostAtOnce = 0

    await until(() => Promise.resolve(calls >= 5), 20_000)

    expect(mostAtOnce).toBe(1)
    await interruptBatch(engine, id)
  })

  workerTest('has the batch run tasks that are appended later', async ({ engine, startWorker }) => {
    let calls = 0
    const work = () => {
      calls += 1
      if (calls <= 5) throw new RateLimitedError()
    }
    await startWorker({ handlers: { work } })
    const id = await submit(engine, { count: 6, concurrency: 3, sealed: false, retry: { maxDelayMs: 300 } })
    await until(async () => (await readBatch(engine, id)).counts.completed === 6, 20_000)
    expect((await readBatch(engine, id)).upstreamWait?.kind).toBe('paced')

    await appendTasks(engine, id, [['{"payload":6}', '{"payload":7}']])

    await until(async () => (await readBatch(engine, id)).counts.completed === 8, 20_000)
  })

  workerTest('lets a paused batch be interrupted', async ({ engine, startWorker }) => {
    const work = () => {
      throw new RateLimitedError()
    }
    await startWorker({ handlers: { work } })
    const id = await submit(engine, { count: 20, concurrency: 5, retry: { minDelayMs: 60_000, maxDelayMs: 60_000 } })
    await until(async () => (await readBatch(engine, id)).upstreamWait?.kind === 'paused')

    await interruptBatch(engine, id)

    expect((await untilFinished(engine, id)).counts).toMatchObject({ running: 0 })
  })
})
