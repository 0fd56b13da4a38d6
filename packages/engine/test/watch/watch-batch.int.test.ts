import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { Batch } from '../../src/model/batch.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { watchBatch } from '../../src/watch/watch-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { BatchNotFoundError } from '../../src/errors.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

/** Wraps an engine so that the looks at a batch are counted as they begin: a look under way reads on after its watchers left. */
function countLooks(engine: Engine, id: string) {
  const looks = { begun: 0 }
  const before = (command: string, [key]: readonly unknown[]) => {
    if (command === 'hgetall' && key === engine.keys.batch(id).meta) looks.begun += 1
  }
  return { looks, counted: { ...engine, redis: watchRedis(engine.redis, { before }) } }
}

interface Watching {
  seen: Batch[]
  ended: Promise<void>
  abort: () => void
}

function watch(engine: Engine, id: string): Watching {
  const aborting = new AbortController()
  const seen: Batch[] = []
  const readAll = async () => {
    for await (const batch of watchBatch(engine, id, { signal: aborting.signal })) seen.push(batch)
  }
  return { seen, ended: readAll(), abort: () => aborting.abort() }
}

describe('watching a batch', () => {
  engineTest('yields it immediately, after each change, and a last time when it is completed', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)

    const { seen, ended } = watch(engine, id)
    await expect.poll(() => seen, { timeout: 5000 }).toHaveLength(1)
    await ticket.lease(1)
    await expect.poll(() => seen, { timeout: 5000 }).toHaveLength(2)
    await ticket.lease(1, [completed(0)])
    await ticket.lease(1, [completed(1)])
    await ended

    expect(seen.map(({ counts }) => counts.pending)).toEqual([2, 1, 0])
    expect(seen.at(-1)).toMatchObject({ state: 'completed', percent: 100 })
  })

  engineTest('yields a finished batch once', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))

    const { seen, ended } = watch(engine, id)
    await ended

    expect(seen).toMatchObject([{ state: 'completed' }])
  })

  engineTest('continues after a cancellation until the last task has ended', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await cancelBatch(engine, id)

    const { seen, ended } = watch(engine, id)
    await expect.poll(() => seen, { timeout: 5000 }).toHaveLength(1)
    await ticket.release()
    await ended

    expect(seen.map(({ counts }) => counts.running)).toEqual([1, 0])
  })

  engineTest('ends when the signal is aborted', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const { seen, ended, abort } = watch(engine, id)
    await expect.poll(() => seen, { timeout: 5000 }).toHaveLength(1)

    abort()
    await ended

    expect(seen).toHaveLength(1)
  })

  engineTest('fails if the batch is deleted or unknown', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await cancelBatch(engine, id)
    const { seen, ended } = watch(engine, id)
    const failure = ended.catch((error: unknown) => error)
    await expect.poll(() => seen, { timeout: 5000 }).toHaveLength(1)

    await ticket.release()
    await deleteBatch(engine, id)

    expect(await failure).toBeInstanceOf(BatchNotFoundError)
    await expect(watch(engine, 'nobody').ended).rejects.toThrow(BatchNotFoundError)
  })

  engineTest('shows each of many watchers every change, and costs Redis as much as one', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    const { looks, counted } = countLooks(engine, id)
    const early = Array.from({ length: 50 }, () => watch(counted, id))
    await expect.poll(() => early.every(({ seen }) => seen.length === 1)).toBe(true)

    const before = looks.begun
    await ticket.lease(1)
    await expect.poll(() => early.every(({ seen }) => seen.length === 2)).toBe(true)
    const late = watch(counted, id)
    await expect.poll(() => late.seen).toHaveLength(1)
    const meanwhile = looks.begun - before
    for (const seq of [0, 1, 2]) await ticket.lease(1, [completed(seq)])
    await Promise.all([...early, late].map(({ ended }) => ended))

    expect(before).toBeLessThan(2 * 50)
    // A look every half second, and the snapshot of the late watcher.
    expect(meanwhile).toBeLessThan(50)
    for (const { seen } of early) {
      expect(seen.map(({ counts }) => counts.pending).slice(0, 2)).toEqual([3, 2])
      expect(seen.at(-1)).toMatchObject({ state: 'completed' })
    }
    expect(late.seen[0]).toMatchObject({ counts: { running: 1 } })
  })

  engineTest(
    'stops reading the batch once the last watcher has left, and starts again for the next',
    async ({ engine }) => {
      const id = await newBatch(engine, { tasks: 1 })
      const { looks, counted } = countLooks(engine, id)
      const [first, second] = [watch(counted, id), watch(counted, id)]
      await expect.poll(() => first.seen.length + second.seen.length).toBe(2)

      first.abort()
      await first.ended
      const before = looks.begun
      await expect.poll(() => looks.begun).toBeGreaterThan(before)
      second.abort()
      await second.ended
      const after = looks.begun
      // Longer than the time between two looks.
      await sleep(1200)
      expect(looks.begun).toBe(after)

      const next = watch(counted, id)
      await expect.poll(() => next.seen).toHaveLength(1)
      await cancelBatch(engine, id)
      await next.ended
      expect(next.seen.at(-1)).toMatchObject({ state: 'cancelled' })
    },
  )

  engineTest('gives a watcher that is slow to ask only the latest change', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    const aborting = new AbortController()
    const slow = watchBatch(engine, id, { signal: aborting.signal })
    await slow.next()
    const { seen, abort } = watch(engine, id)
    const asked = slow.next()

    await ticket.lease(1)
    await expect.poll(() => seen.at(-1)?.counts.running).toBe(1)
    await asked
    await ticket.lease(1, [completed(0)])
    await expect.poll(() => seen.at(-1)?.counts.completed).toBe(1)
    await ticket.lease(1, [completed(1)])
    await expect.poll(() => seen.at(-1)?.counts.completed).toBe(2)

    expect((await slow.next()).value).toMatchObject({ counts: { completed: 2 } })
    aborting.abort()
    abort()
    await slow.return(undefined)
  })
})
