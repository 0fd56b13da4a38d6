import { cancelBatch, putQueue, readBatch, readQueue } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { Gauge, submit, until, untilFinished, workerTest } from '../support/worker-test.ts'

describe('on a queue with one slot', () => {
  workerTest('a small batch behind a large one finishes long before it', async ({ engine, startWorker }) => {
    await putQueue(engine, 'single', { concurrency: 1 })
    await startWorker({ handlers: { work: () => sleep(2) } })
    const large = await submit(engine, { count: 5000, queue: 'single' })
    await until(async () => (await readBatch(engine, large)).counts.completed > 0)

    const small = await submit(engine, { count: 5, queue: 'single' })
    await untilFinished(engine, small)

    // A quantum of the large one is a quarter of a second.
    expect((await readBatch(engine, large)).counts.completed).toBeLessThan(800)
  })

  workerTest('batches of the same priority take turns', async ({ engine, startWorker }) => {
    await putQueue(engine, 'single', { concurrency: 1 })
    const order: string[] = []
    const work = async (payload: unknown) => {
      order.push(String(payload))
      await sleep(100)
    }
    const batches = await Promise.all(
      ['a', 'b'].map((name) => submit(engine, { payloads: Array.from({ length: 12 }, () => name), queue: 'single' })),
    )

    await startWorker({ handlers: { work } })
    await Promise.all(batches.map((id) => untilFinished(engine, id)))

    // 250 ms are three tasks, or four in slices of two; a starved process's timers fire early.
    const stints = order.join('').match(/a+|b+/g) ?? []
    expect(stints.length).toBeGreaterThanOrEqual(4)
    expect(Math.max(...stints.map(({ length }) => length))).toBeLessThanOrEqual(8)
  })

  workerTest('priority 1 runs before priority 10, whichever was submitted first', async ({ engine, startWorker }) => {
    await putQueue(engine, 'single', { concurrency: 1 })
    const order: unknown[] = []
    const submitNamed = (priority: number) =>
      submit(engine, { payloads: Array.from({ length: 20 }, () => priority), queue: 'single', priority })
    const last = await submitNamed(10)
    const middle = await submitNamed(5)
    const first = await submitNamed(1)

    const work = (payload: unknown) => {
      order.push(payload)
      return sleep(2)
    }
    await startWorker({ handlers: { work } })
    await Promise.all([first, middle, last].map((id) => untilFinished(engine, id)))

    const runs = order.filter((priority, i) => priority !== order[i - 1])
    expect(runs).toEqual([1, 5, 10])
  })

  workerTest('a batch of priority 1 overtakes a running batch of priority 10', async ({ engine, startWorker }) => {
    await putQueue(engine, 'single', { concurrency: 1 })
    await startWorker({ handlers: { work: () => sleep(5) } })
    const low = await submit(engine, { count: 300, queue: 'single', priority: 10 })
    await until(async () => (await readBatch(engine, low)).counts.completed > 0)

    const high = await submit(engine, { count: 200, queue: 'single', priority: 1 })
    await untilFinished(engine, high)

    // The other batch ran for at most one quantum before it gave way.
    const { completed } = (await readBatch(engine, low)).counts
    expect(completed).toBeLessThan(150)
  })
})

describe('a ticket whose slot no other ticket waits for', () => {
  workerTest('keeps its slot', async ({ engine, startWorker }) => {
    await putQueue(engine, 'single', { concurrency: 1 })
    const replies: string[] = []
    await startWorker({
      handlers: { work: () => sleep(20) },
      observe: (event) => void (event.kind === 'turn' && replies.push(event.reply)),
    })

    // Longer than a quantum and shorter than any run.
    await untilFinished(engine, await submit(engine, { count: 30, queue: 'single' }))

    expect(replies).not.toContain('wait')
  })

  workerTest('goes to a worker that starts later, until both run about as many', async ({ engine, startWorker }) => {
    await putQueue(engine, 'shared', { concurrency: 20 })
    const [early, late] = [new Gauge(), new Gauge()]
    const options = { queues: ['shared'], concurrency: 20 }
    await startWorker({ ...options, handlers: { work: () => early.during(() => sleep(20)) } })
    const id = await submit(engine, { count: 20_000, queue: 'shared' })
    await until(() => early.now === 20)

    await startWorker({ ...options, handlers: { work: () => late.during(() => sleep(20)) } })

    await until(() => late.now >= 8 && early.now >= 8)
    expect(late.peak).toBeLessThanOrEqual(12)
    expect((await readBatch(engine, id)).state).toBe('active')
    await cancelBatch(engine, id)
  })
})

describe('a paused queue', () => {
  workerTest('starts nothing until it is resumed', async ({ engine, startWorker }) => {
    await putQueue(engine, 'still', { paused: true })
    let started = 0
    await startWorker({ handlers: { work: () => (started += 1) } })

    const id = await submit(engine, { count: 50, queue: 'still' })
    const other = await submit(engine, { count: 50 })
    await untilFinished(engine, other)
    // Its tickets exist, and no worker takes them.
    await until(async () => (await readQueue(engine, 'still')).tickets.waiting === 50)
    await sleep(200)
    expect(started).toBe(50)

    await putQueue(engine, 'still', { paused: false })

    await untilFinished(engine, id, 4000)
    expect(started).toBe(100)
  })

  workerTest(
    'stops running tickets after their quantum, and continues where they stopped',
    async ({ engine, startWorker }) => {
      await putQueue(engine, 'still', { concurrency: 2 })
      let started = 0
      await startWorker({
        handlers: {
          work: () => {
            started += 1
            return sleep(5)
          },
        },
      })
      const id = await submit(engine, { count: 600, queue: 'still' })
      await until(() => started > 0)

      await putQueue(engine, 'still', { concurrency: 2, paused: true })

      await until(async () => (await readQueue(engine, 'still')).tickets.active === 0)
      const startedBefore = started
      // Time for twenty more tasks.
      await sleep(100)
      expect(started).toBe(startedBefore)
      expect(startedBefore).toBeLessThan(400)
      await putQueue(engine, 'still', { concurrency: 20, paused: false })
      await untilFinished(engine, id)
      expect(started).toBe(600)
    },
  )
})
