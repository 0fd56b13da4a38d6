import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { chunkTasks } from '../../src/batch/chunk-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { SluiceError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { envelopes, newBatch, payloadsOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { watchRedis } from '../support/watched-redis.ts'

describe('an upload that fails midway', () => {
  class BadLineError extends SluiceError {
    readonly kind = 'invalid'
    readonly code = 'SLUICE_BAD_LINE'
  }

  engineTest.for([
    { what: 'a refusal', error: new BadLineError('line 5') },
    { what: 'a lost connection', error: new Error('aborted') },
  ])('keeps the chunks appended before the failure ($what)', async ({ error }, { engine }) => {
    const id = await newBatch(engine)

    async function* chunks() {
      yield envelopes(2)
      yield envelopes(2, 2)
      throw error
    }
    const appending = appendTasks(engine, id, chunks())

    await expect(appending).rejects.toBe(error)
    expect((await readBatch(engine, id)).counts).toMatchObject({ total: 4, pending: 4 })
    expect(await engine.ticketQueues.open('default').getPrioritizedCount()).toBe(4)
  })

  engineTest('reports its progress in the details of the refusal', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, sealed: false })
    const error = new BadLineError('line 5')

    function* chunks() {
      yield envelopes(4)
      throw error
    }
    const appending = appendTasks(engine, id, chunks(), { offset: 0 })

    await expect(appending).rejects.toMatchObject({ details: { accepted: 1, skipped: 3, total: 4 } })
  })

  engineTest('issues no tickets while it repeats tasks that the batch already holds', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1000, sealed: false })
    const lookups: string[] = []
    const before = (command: string) => {
      if (command === 'exists') lookups.push(command)
    }

    await appendTasks(
      { ...engine, redis: watchRedis(engine.redis, { before }) },
      id,
      [envelopes(500), envelopes(500, 500)],
      {
        offset: 0,
      },
    )

    expect(lookups).toEqual([])
  })

  engineTest('can be repeated from the start with an offset', async ({ engine }) => {
    const id = await newBatch(engine)
    await appendTasks(engine, id, [envelopes(130)], { offset: 0 })

    const result = await appendTasks(engine, id, chunkTasks(envelopes(1500)), { offset: 0 })

    expect(result).toEqual({ accepted: 1370, skipped: 130, total: 1500 })
    expect(await payloadsOf(engine, id)).toEqual(range(1500))
  })
})
