import { interruptBatch, readBatch } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { submit, tasksOf, until, untilFinished, workerTest } from '../support/worker-test.ts'

/** Fast tasks, so that slices grow, and among them a few slow ones that end when the test releases them. */
function fastAndSlow(count: number, slow: readonly number[]) {
  const payloads = Array.from({ length: count }, (_, i) => (slow.includes(i) ? 'slow' : 'fast'))
  let release = () => {}
  const released = new Promise<string>((resolve) => {
    release = () => resolve('slow, but done')
  })
  let slowStarted = 0
  const work = (payload: unknown) => {
    if (payload === 'fast') return 'done'
    slowStarted += 1
    return released
  }
  return { payloads, handlers: { work }, release, slowStarted: () => slowStarted }
}

describe('a slow task in a slice of fast ones', () => {
  workerTest.for([
    ['in the middle of its batch', [1500]],
    ['near the end, when the other ticket finds no task', [2900]],
    ['among others like it', [1200, 1201, 2100]],
  ] as const)('does not keep them from running: %s', async ([, slow], { engine, startWorker }) => {
    const { payloads, handlers, release, slowStarted } = fastAndSlow(3000, slow)
    const id = await submit(engine, { payloads, concurrency: slow.length + 1 })
    await startWorker({ handlers })
    await until(() => slowStarted() === slow.length)

    // The slow tasks still run, and all others have been released and run by other tickets.
    await until(async () => (await readBatch(engine, id)).counts.completed === 3000 - slow.length)
    release()
    const { counts } = await untilFinished(engine, id)

    expect(counts).toMatchObject({ completed: 3000, failed: 0 })
    const tasks = await tasksOf(engine, id)
    expect(new Set(tasks.map(({ attempts }) => attempts))).toEqual(new Set([1]))
    expect(slow.map((seq) => tasks[seq]?.result)).toEqual(slow.map(() => 'slow, but done'))
  })

  workerTest('runs to its end when its batch is interrupted meanwhile', async ({ engine, startWorker }) => {
    const { payloads, handlers, release, slowStarted } = fastAndSlow(3000, [1500])
    const id = await submit(engine, { payloads, concurrency: 1 })
    await startWorker({ handlers })
    await until(() => slowStarted() === 1)

    await interruptBatch(engine, id)
    await until(async () => (await readBatch(engine, id)).counts.running === 1)
    // Long enough for the rest of its slice to be released.
    await sleep(400)
    release()
    const { state, counts } = await untilFinished(engine, id)

    expect(state).toBe('interrupted')
    expect(counts).toMatchObject({ completed: 1501, pending: 1499 })
    expect((await tasksOf(engine, id))[1500]).toMatchObject({ state: 'completed', attempts: 1 })
  })

  workerTest('does not delay the outcomes of the tasks before it', async ({ engine, startWorker }) => {
    const { payloads, handlers, release, slowStarted } = fastAndSlow(3000, [1500])
    const id = await submit(engine, { payloads, concurrency: 1 })
    await startWorker({ handlers })
    await until(() => slowStarted() === 1)

    await until(async () => (await readBatch(engine, id)).counts.completed === 1500)

    expect((await readBatch(engine, id)).counts).toMatchObject({ running: 1, pending: 1499 })
    release()
    await untilFinished(engine, id)
  })
})
