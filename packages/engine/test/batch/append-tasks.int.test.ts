import { findKeys, serversOf } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { chunkTasks } from '../../src/batch/chunk-tasks.ts'
import type { RedisConnection } from '../../src/connect-redis.ts'
import {
  BatchNotFoundError,
  BatchSealedError,
  BatchStateError,
  BatchTooLargeError,
  OffsetGapError,
} from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { envelopes, newBatch, payloadsOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

describe('an upload', () => {
  engineTest('is stored in order, over several pages', async ({ engine }) => {
    const id = await newBatch(engine)

    const result = await appendTasks(engine, id, [envelopes(100), envelopes(100, 100), envelopes(57, 200)])

    expect(result).toEqual({ accepted: 257, skipped: 0, total: 257 })
    expect(await payloadsOf(engine, id)).toEqual(range(257))
  })

  engineTest(
    'takes less than 32 bytes of memory per task in addition to the envelopes',
    async ({ engine, redis, prefix }) => {
      const id = await newBatch(engine)
      const tasks = range(10_000).map((seq) => JSON.stringify({ payload: 'x'.repeat(50 + (seq % 100)) }))
      const before = await memoryOf(redis, `${prefix}:{batch:${id}}:*`)

      await appendTasks(engine, id, chunkTasks(tasks))

      const after = await memoryOf(redis, `${prefix}:{batch:${id}}:*`)
      const sent = tasks.reduce((sum, task) => sum + task.length, 0)
      expect((after - before - sent) / tasks.length).toBeLessThan(32)
    },
  )

  async function memoryOf(redis: RedisConnection, pattern: string): Promise<number> {
    const sizes = await Promise.all(
      (await findKeys(redis, pattern)).map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)),
    )
    return sizes.reduce((sum: number, size) => sum + Number(size), 0)
  }

  engineTest('without tasks has no effect', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })

    expect(await appendTasks(engine, id, [[]], { offset: 3 })).toEqual({ accepted: 0, skipped: 0, total: 3 })
    expect(await appendTasks(engine, id, [])).toMatchObject({ accepted: 0, skipped: 0 })
  })

  engineTest('issues tickets after its first chunk, so that workers start before it ends', async ({ engine }) => {
    const id = await newBatch(engine)
    const tickets: number[] = []

    async function* chunks() {
      yield envelopes(2)
      tickets.push(await engine.ticketQueues.open('default').getPrioritizedCount())
      yield envelopes(8, 2)
    }
    await appendTasks(engine, id, chunks())

    expect(tickets).toEqual([2])
    expect(await engine.ticketQueues.open('default').getPrioritizedCount()).toBe(10)
  })

  engineTest('continues after Redis has lost its script cache', async ({ engine, redis }) => {
    const id = await newBatch(engine)

    async function* chunks() {
      yield envelopes(2)
      await Promise.all(serversOf(redis).map((server) => server.script('FLUSH')))
      yield envelopes(2, 2)
    }
    const result = await appendTasks(engine, id, chunks())

    expect(result).toEqual({ accepted: 4, skipped: 0, total: 4 })
    expect(await new TicketDriver(engine, id).lease(1)).toMatchObject({ kind: 'run' })
  })
})

describe('a chunk', () => {
  engineTest(
    'that makes the batch too large is refused completely, and earlier chunks stay',
    async ({ openEngine }) => {
      const engine = openEngine({ maxTasksPerBatch: 10 })
      const id = await newBatch(engine)

      const appending = appendTasks(engine, id, [envelopes(4), envelopes(7, 4)])

      await expect(appending).rejects.toThrow(BatchTooLargeError)
      await expect(appending).rejects.toThrow('A batch holds at most 10 tasks; this request would bring it to 11.')
      await expect(appending).rejects.toMatchObject({ details: { accepted: 4, skipped: 0, total: 4 } })
      expect(await appendTasks(engine, id, [envelopes(6, 4)])).toEqual({ accepted: 6, skipped: 0, total: 10 })
    },
  )

  engineTest('does not make the batch too large by tasks that the batch already holds', async ({ openEngine }) => {
    const engine = openEngine({ maxTasksPerBatch: 10 })
    const id = await newBatch(engine, { tasks: 8, sealed: false })

    expect(await appendTasks(engine, id, [envelopes(5, 5)], { offset: 5 })).toEqual({
      accepted: 2,
      skipped: 3,
      total: 10,
    })
    const tooMany = appendTasks(engine, id, [envelopes(8, 5)], { offset: 5 })
    await expect(tooMany).rejects.toThrow('this request would bring it to 13.')
  })

  engineTest('is refused by a sealed batch, unless the batch already holds all its tasks', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })

    await expect(appendTasks(engine, id, [envelopes(1)])).rejects.toThrow(BatchSealedError)
    await expect(appendTasks(engine, id, [envelopes(3, 1)], { offset: 1 })).rejects.toThrow(BatchSealedError)
    expect(await appendTasks(engine, id, [envelopes(2, 1)], { offset: 1 })).toEqual({
      accepted: 0,
      skipped: 2,
      total: 3,
    })
  })

  engineTest('is refused by a finished batch, unless the batch already holds all its tasks', async ({ engine }) => {
    const done = await newBatch(engine, { tasks: 1 })
    await runToEnd(new TicketDriver(engine, done), 1, ({ seq }) => completed(seq))
    const cancelled = await newBatch(engine, { tasks: 1 })
    await cancelBatch(engine, cancelled)

    for (const id of [done, cancelled]) {
      await expect(appendTasks(engine, id, [envelopes(1)])).rejects.toThrow(BatchStateError)
      expect(await appendTasks(engine, id, [envelopes(1)], { offset: 0 })).toEqual({
        accepted: 0,
        skipped: 1,
        total: 1,
      })
    }
  })

  engineTest('that leaves a gap is refused, and the error reports the next offset', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, sealed: false })

    const appending = appendTasks(engine, id, [envelopes(2, 4)], { offset: 4 })

    await expect(appending).rejects.toThrow(OffsetGapError)
    await expect(appending).rejects.toMatchObject({ details: { accepted: 0, skipped: 0, total: 3 } })
  })

  engineTest('for a missing batch is refused and leaves no keys', async ({ engine, redis, prefix }) => {
    await expect(appendTasks(engine, 'nobody', [envelopes(1)])).rejects.toThrow(BatchNotFoundError)

    expect(await findKeys(redis, `${prefix}*`)).toEqual([])
  })
})
