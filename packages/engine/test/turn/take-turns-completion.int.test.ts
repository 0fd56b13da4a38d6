import { describe, expect, vi } from 'vitest'
import { readBatch } from '../../src/batch/read-batch.ts'
import { sealBatch } from '../../src/batch/seal-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, retry } from '../support/outcomes.ts'
import { runToEnd, tasksIn, TicketDriver } from '../support/ticket-driver.ts'

async function redisNow({ redis }: Engine): Promise<number> {
  const [seconds = 0, micros = 0] = await redis.time()
  return seconds * 1000 + Math.floor(micros / 1000)
}

describe('the last task of a batch', () => {
  engineTest('completes the batch, whether the task completes or fails', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })

    const { end } = await runToEnd(new TicketDriver(engine, id), 2, ({ seq }) =>
      seq === 2 ? failed(2) : completed(seq),
    )

    expect(end).toEqual({ kind: 'inactive', state: 'completed' })
    expect(await readBatch(engine, id)).toMatchObject({ state: 'completed', percent: 100, etaMs: null })
  })

  engineTest('completes the batch when it is settled in the middle of a slice', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)

    const reply = await ticket.continue([completed(0), failed(1)])

    expect(reply).toEqual({ kind: 'inactive', state: 'completed' })
  })

  engineTest('does not complete the batch while another ticket runs a task', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 2 })
    const other = new TicketDriver(engine, id, { ticket: 1 })
    await other.lease(1)

    const { end } = await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))

    expect(end).toEqual({ kind: 'retire' })
    expect((await readBatch(engine, id)).state).toBe('active')
    expect(await other.release([completed(0)])).toEqual({ kind: 'inactive', state: 'completed' })
  })

  engineTest('does not complete the batch while a task waits for its retry', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })

    const { end } = await runToEnd(new TicketDriver(engine, id), 2, ({ seq }) =>
      seq === 0 ? retry(0) : completed(seq),
    )

    expect(end.kind).toBe('wait')
    expect((await readBatch(engine, id)).state).toBe('active')
  })

  engineTest('does not complete an unsealed batch; sealing the batch then completes it', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false })
    const { end } = await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))
    const before = await readBatch(engine, id)

    const sealed = await sealBatch(engine, id)

    expect(end).toEqual({ kind: 'retire' })
    expect(before).toMatchObject({ state: 'active', finishedAt: null })
    expect(sealed).toMatchObject({ state: 'completed', sealed: true })
    expect(sealed.finishedAt).not.toBeNull()
  })

  engineTest(
    'moves the batch from the active index to the completed and finished indexes',
    async ({ engine, redis }) => {
      const { keys } = engine
      const id = await newBatch(engine, { tasks: 1 })

      await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))

      const indexes = [keys.batches, keys.batchesInState('active'), keys.batchesInState('completed'), keys.finished]
      expect(await Promise.all(indexes.map((index) => redis.zrange(index, '0', '-1')))).toEqual([[id], [], [id], [id]])
    },
  )
})

describe("Redis's clock determines", () => {
  engineTest('when a batch started and finished', async ({ engine, onTestFinished }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-01-01') })
    onTestFinished(() => void vi.useRealTimers())
    const times = [await redisNow(engine)]

    const first = await ticket.lease(1)
    times.push(await redisNow(engine))
    const second = await ticket.lease(1, [completed(tasksIn(first)[0]?.seq ?? -1)])
    times.push(await redisNow(engine))
    await ticket.release([completed(tasksIn(second)[0]?.seq ?? -1)])
    times.push(await redisNow(engine))

    const { startedAt, finishedAt } = await readBatch(engine, id)
    expect(Number(startedAt)).toBeGreaterThanOrEqual(times[0] ?? Infinity)
    expect(Number(startedAt)).toBeLessThanOrEqual(times[1] ?? 0)
    expect(Number(finishedAt)).toBeGreaterThanOrEqual(times[2] ?? Infinity)
    expect(Number(finishedAt)).toBeLessThanOrEqual(times[3] ?? 0)
  })

  engineTest('when a batch was created', async ({ engine, onTestFinished }) => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-01-01') })
    onTestFinished(() => void vi.useRealTimers())
    const before = await redisNow(engine)

    const id = await newBatch(engine, { tasks: 1 })

    const after = await redisNow(engine)
    const { createdAt } = await readBatch(engine, id)
    expect(createdAt.getTime()).toBeGreaterThanOrEqual(before)
    expect(createdAt.getTime()).toBeLessThanOrEqual(after)
  })
})
