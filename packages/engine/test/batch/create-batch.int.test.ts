import { describe, expect } from 'vitest'
import type { BatchSubmission } from '../../src/model/batch.ts'
import { createBatch } from '../../src/batch/create-batch.ts'
import { listBatches } from '../../src/batch/list-batches.ts'
import { readBatch, resolveBatchId } from '../../src/batch/read-batch.ts'
import { BatchNotFoundError, BatchTooLargeError, CodeTakenError, QueueUnknownError } from '../../src/errors.ts'
import type { Engine } from '../../src/engine.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { range } from '../../src/range.ts'
import { envelopes, newBatch, payloadsOf } from '../support/batches.ts'
import { engineTest, keysOf } from '../support/engine-test.ts'

describe('a new batch', () => {
  engineTest('has the submitted values, and the defaults of its queue', async ({ engine }) => {
    await putQueue(engine, 'slow', { concurrency: 7, attemptTimeoutMs: 1234, retry: { maxAttempts: 9 } })

    const { batch, isNew } = await createBatch(engine, {
      code: 'c',
      queue: 'slow',
      type: 'mail',
      metadata: { a: ['ü'] },
    })

    expect(isNew).toBe(true)
    expect(batch).toEqual({
      id: batch.id,
      tenant: 'default',
      code: 'c',
      queue: 'slow',
      type: 'mail',
      state: 'active',
      outcome: null,
      sealed: false,
      counts: { total: 0, pending: 0, delayed: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
      metadata: { a: ['ü'] },
      concurrency: null,
      priority: 5,
      retry: { maxAttempts: 9, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 },
      attemptTimeoutMs: 1234,
      createdAt: batch.createdAt,
      startAt: null,
      startedAt: null,
      finishedAt: null,
      pausedUntil: null,
      nextDueAt: null,
      limitWait: null,
      upstreamWait: null,
      waitingFor: [{ kind: 'seal' }],
      percent: 0,
      ratePerSecond: 0,
      etaMs: null,
      interruptionCriteria: { maxConsecutiveFailures: 300, stopOn: ['auth'] },
      headroom: [{ criterion: 'maxConsecutiveFailures', value: 0, threshold: 300 }],
      lastInterruption: null,
    } satisfies typeof batch)
    expect(await readBatch(engine, batch.id)).toEqual(batch)
  })

  engineTest('prefers its own values to those of its queue', async ({ engine }) => {
    const retry = { maxAttempts: 2, minDelayMs: 5, maxPostponedMs: 7000 }

    const { batch } = await createBatch(engine, { concurrency: 3, priority: 1, retry, attemptTimeoutMs: 50 })

    expect(batch).toMatchObject({
      concurrency: 3,
      priority: 1,
      attemptTimeoutMs: 50,
      retry: { ...retry, maxDelayMs: 60_000 },
    })
    expect(await engine.redis.hget(engine.keys.batch(batch.id).meta, 'tickets')).toBe('3')
  })

  engineTest('never has more tickets than its queue allows', async ({ engine }) => {
    await putQueue(engine, 'narrow', { concurrency: 2 })

    const ids = [
      await newBatch(engine, { queue: 'narrow' }),
      await newBatch(engine, { queue: 'narrow', concurrency: 9 }),
    ]

    const tickets = await Promise.all(ids.map((id) => engine.redis.hget(engine.keys.batch(id).meta, 'tickets')))
    expect(tickets).toEqual(['2', '2'])
  })

  engineTest('has its tasks, its seal and its tickets when createBatch returns', async ({ engine }) => {
    const { batch } = await createBatch(engine, { tasks: envelopes(1200), concurrency: 4 })

    expect(batch).toMatchObject({ sealed: true, counts: { total: 1200, pending: 1200 } })
    expect(await engine.ticketQueues.open('default').getPrioritizedCount()).toBe(4)
    expect(await payloadsOf(engine, batch.id)).toEqual(range(1200))
  })

  engineTest.for<{ what: string; submission: BatchSubmission; sealed: boolean; state: string }>([
    { what: 'without tasks', submission: {}, sealed: false, state: 'active' },
    { what: 'with an empty list', submission: { tasks: [] }, sealed: true, state: 'completed' },
    {
      what: 'with tasks and sealed: false',
      submission: { tasks: ['{}'], sealed: false },
      sealed: false,
      state: 'active',
    },
    { what: 'with tasks', submission: { tasks: ['{}'] }, sealed: true, state: 'active' },
    {
      what: 'with an empty list and sealed: false',
      submission: { tasks: [], sealed: false },
      sealed: false,
      state: 'active',
    },
  ])(
    'is sealed as submitted, by default if it is created with a list of tasks ($what)',
    async ({ submission, sealed, state }, { engine }) => {
      const { batch } = await createBatch(engine, submission)

      expect(batch).toMatchObject({ sealed, state })
      expect((await listBatches(engine, { pageSize: 9, state: batch.state })).batches).toEqual([batch])
    },
  )

  engineTest('can be found by its code, which defaults to its id', async ({ engine }) => {
    const named = await newBatch(engine, { code: 'night/2031: α' })
    const unnamed = await newBatch(engine)

    expect(await resolveBatchId(engine, 'code:night/2031: α')).toBe(named)
    expect(await resolveBatchId(engine, `code:${unnamed}`)).toBe(unnamed)
    await expect(resolveBatchId(engine, 'code:other')).rejects.toThrow(BatchNotFoundError)
  })
})

describe('a refused batch', () => {
  engineTest('leaves no keys if its queue is unknown', async ({ engine, redis, prefix }) => {
    const creating = createBatch(engine, { queue: 'nowhere', code: 'c', tasks: envelopes(3) })

    await expect(creating).rejects.toThrow(QueueUnknownError)
    expect(await keysOf(redis, prefix)).toEqual([])
  })

  engineTest('leaves no keys if it is too large, and its code stays free', async ({ openEngine, redis, prefix }) => {
    const engine = openEngine({ maxTasksPerBatch: 1500 })
    const creating = createBatch(engine, { code: 'c', tasks: envelopes(1501) })

    await expect(creating).rejects.toThrow(BatchTooLargeError)
    expect(await keysOf(redis, prefix)).toEqual([])
    expect(await newBatch(engine, { code: 'c' })).toBeTypeOf('string')
  })

  engineTest('gets an error that names the batch with its code', async ({ engine }) => {
    const owner = await newBatch(engine, { code: 'c' })

    const creating = createBatch(engine, { code: 'c' })

    await expect(creating).rejects.toThrow(CodeTakenError)
    await expect(creating).rejects.toMatchObject({ details: { batchId: owner } })
  })

  engineTest(
    'leaves no keys if another batch claimed its code first: one of twenty wins',
    async ({ engine, openRivals, redis, prefix }) => {
      const engines = await openRivals(4)

      const results = await Promise.allSettled(
        range(20).map((i) => createBatch(engines.at(i % 4) as Engine, { code: 'c', tasks: envelopes(200) })),
      )

      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.batch.id] : []))
      const losers = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []))
      expect(winners).toHaveLength(1)
      expect(losers.every((error) => error instanceof CodeTakenError && error.details['batchId'] === winners[0])).toBe(
        true,
      )
      const keys = await keysOf(redis, prefix)
      expect(keys.filter((key) => key.includes('{batch:') && !key.includes(winners[0] ?? ''))).toEqual([])
      expect(keys).not.toContain('drafts')
      expect(await redis.zrange(engine.keys.batches, '0', '-1')).toEqual(winners)
    },
  )
})
