import { describe, expect } from 'vitest'
import type { Batch } from '../../src/model/batch.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { watchBatch } from '../../src/batch/watch-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { BatchNotFoundError } from '../../src/errors.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

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
})
