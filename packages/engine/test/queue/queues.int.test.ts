import { describe, expect } from 'vitest'
import { CursorInvalidError, QueueNotFoundError, TooManyQueuesError } from '../../src/errors.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { DEFAULT_QUEUE_SETTINGS } from '../../src/model/queue.ts'
import { listQueues, readQueue } from '../../src/queue/read-queue.ts'
import { range } from '../../src/range.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { listQueueNames } from '../../src/settings/queue-settings.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { IDLE } from '../support/idle-worker.ts'
import type { Offer } from '../../src/model/offer.ts'
import { beatScript } from '../../src/scripts/beat.ts'
import { watchRedis } from '../support/watched-redis.ts'

describe('a queue', () => {
  engineTest('named default always exists', async ({ engine }) => {
    const queue = {
      name: 'default',
      version: 0,
      ...DEFAULT_QUEUE_SETTINGS,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
      workers: 0,
      types: [],
    }

    expect(await readQueue(engine, 'default')).toEqual(queue)
    expect(await listQueues(engine, { pageSize: 10 })).toEqual({ queues: [queue], nextCursor: null })
  })

  engineTest('has defaults for omitted settings', async ({ engine }) => {
    const { queue, isNew } = await putQueue(engine, 'mail', {
      concurrency: 3,
      retry: { maxAttempts: 9 },
      http: { timeoutMs: 5 },
    })

    expect(isNew).toBe(true)
    expect(queue).toEqual({
      name: 'mail',
      version: 1,
      tenants: null,
      concurrency: 3,
      retry: { maxAttempts: 9, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 },
      attemptTimeoutMs: 600_000,
      http: { timeoutMs: 5 },
      interruptionCriteria: { maxConsecutiveFailures: 300, stopOn: ['auth'] },
      limit: null,
      paused: false,
      activeBatches: 0,
      tickets: { active: 0, waiting: 0, delayed: 0 },
      workers: 0,
      types: [],
    })
    expect(await readQueue(engine, 'mail')).toEqual(queue)
  })

  engineTest(
    'counts the workers that serve it and are alive, and has the types that they handle',
    async ({ engine }) => {
      const { redis, keys } = engine
      await putQueue(engine, 'mail', {})
      const enter = async (worker: string, offer: Offer, ttlMs: number) => {
        const request = { worker, offer, ...IDLE, ttlMs, gapMs: ttlMs, graceMs: 60_000 }
        await beatScript.run(redis, { ...keys.workers }, request)
      }
      await enter('late', { queues: 'all', types: ['fax'] }, 0)
      await enter('a', { queues: 'all', types: ['http', 'mail'] }, 60_000)
      await enter('b', { queues: ['mail'], types: ['mail', 'copy'] }, 60_000)

      const { queues } = await listQueues(engine, { pageSize: 10 })

      expect(queues).toMatchObject([
        { name: 'default', workers: 1, types: ['http', 'mail'] },
        { name: 'mail', workers: 2, types: ['copy', 'http', 'mail'] },
      ])
      expect(await readQueue(engine, 'mail')).toEqual(queues[1])
    },
  )

  engineTest('loses all earlier settings when it is put again', async ({ engine }) => {
    await putQueue(engine, 'mail', { concurrency: 3, attemptTimeoutMs: 7 })

    const { queue, isNew } = await putQueue(engine, 'mail', { paused: true })

    expect(isNew).toBe(false)
    expect(queue).toMatchObject({ concurrency: 100, attemptTimeoutMs: 600_000, paused: true })
  })

  engineTest('shows its batches and tickets, and is listed by name', async ({ engine }) => {
    await putQueue(engine, 'zoo', {})
    await putQueue(engine, 'a', {})
    await newBatch(engine, { queue: 'zoo', tasks: 3 })
    await newBatch(engine, { queue: 'zoo', tasks: 5, concurrency: 2 })

    const { queues } = await listQueues(engine, { pageSize: 10 })

    expect(queues.map(({ name }) => name)).toEqual(['a', 'default', 'zoo'])
    expect(queues.at(-1)).toMatchObject({ activeBatches: 2, tickets: { waiting: 5, active: 0, delayed: 0 } })
  })

  engineTest('is listed in pages, without queues that were deleted meanwhile', async ({ engine }) => {
    for (const name of ['a', 'b', 'c', 'zoo']) await putQueue(engine, name, {})

    const first = await listQueues(engine, { pageSize: 2 })
    await deleteQueue(engine, 'b')
    const second = await listQueues(engine, { pageSize: 2, cursor: first.nextCursor ?? undefined })
    const third = await listQueues(engine, { pageSize: 2, cursor: second.nextCursor ?? undefined })

    const pages = [first, second, third].map(({ queues }) => queues.map(({ name }) => name))
    expect(pages).toEqual([['a', 'b'], ['c', 'default'], ['zoo']])
    expect(third.nextCursor).toBeNull()
    await expect(listQueues(engine, { pageSize: 2, cursor: 'No Name' })).rejects.toThrow(CursorInvalidError)
  })

  engineTest('costs as many commands to read or delete with any number of batches', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const commands: string[] = []
    const watched = { ...engine, redis: watchRedis(engine.redis, { before: (command) => void commands.push(command) }) }
    const costOf = async () => {
      commands.length = 0
      await listQueues(watched, { pageSize: 10 })
      await deleteQueue(watched, 'mail').catch(() => {})
      return commands.length
    }
    await newBatch(engine, { queue: 'mail' })
    const withOne = await costOf()

    for (const _ of range(20)) await newBatch(engine, { queue: 'mail' })

    expect(await costOf()).toBe(withOne)
    expect((await readQueue(engine, 'mail')).activeBatches).toBe(21)
  })

  engineTest('that exceeds the maximum is refused, and the others can still be changed', async ({ openEngine }) => {
    const engine = openEngine({ maxQueues: 2 })
    await putQueue(engine, 'default', { concurrency: 7 })
    await putQueue(engine, 'a', {})
    await putQueue(engine, 'b', {})

    await expect(putQueue(engine, 'c', {})).rejects.toThrow(TooManyQueuesError)
    await putQueue(engine, 'b', { concurrency: 3 })
    await putQueue(engine, 'default', { concurrency: 8 })
    expect(await listQueueNames(engine)).toEqual(['a', 'b', 'default'])

    await deleteQueue(engine, 'a')
    expect((await putQueue(engine, 'c', {})).isNew).toBe(true)
  })

  engineTest('that does not exist is refused', async ({ engine }) => {
    await expect(readQueue(engine, 'nowhere')).rejects.toThrow(QueueNotFoundError)
    await expect(deleteQueue(engine, 'nowhere')).rejects.toThrow(QueueNotFoundError)
  })

  engineTest('signals the workers when its settings change', async ({ engine, onTestFinished }) => {
    const signals: Signal[] = []
    onTestFinished(await receiveSignals(engine, (signal) => signals.push(signal)))

    await putQueue(engine, 'mail', {})
    await deleteQueue(engine, 'mail')

    const signal = { kind: 'queue', queue: 'mail' }
    await expect.poll(() => signals, { timeout: 5000 }).toEqual([signal, signal])
  })
})
