import { deleteBatch, putLimit, putQueue, updateBatch } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { BatchKnowledge } from '../../src/ticket/batch-knowledge.ts'
import type { Logger } from '../../src/handler.ts'
import { ownServerTest, submit, tasksOf, until, untilFinished, workerTest } from '../support/worker-test.ts'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('what a worker knows of a batch', () => {
  workerTest('is read once for each version of its settings', async ({ engine }) => {
    const knowledge = new BatchKnowledge(engine)
    const id = await submit(engine, { count: 1, attemptTimeoutMs: 1000 })

    const first = await knowledge.batch(id, 1)
    await engine.redis.hset(engine.keys.batch(id).meta, 'version', 2, 'attempt_timeout_ms', 2000)

    expect(first?.settings).toMatchObject({ version: 1, type: 'work', queue: 'default', attemptTimeoutMs: 1000 })
    expect(await knowledge.batch(id, 1)).toBe(first)
    expect((await knowledge.batch(id, 2))?.settings).toMatchObject({ version: 2, attemptTimeoutMs: 2000 })
  })

  workerTest('keeps its average over a change of its settings', async ({ engine }) => {
    const knowledge = new BatchKnowledge(engine)
    const id = await submit(engine, { count: 1 })
    const batch = await knowledge.batch(id, 1)
    knowledge.countDuration(batch!, 42)

    await engine.redis.hset(engine.keys.batch(id).meta, 'version', 2)

    expect(await knowledge.batch(id, 2)).toMatchObject({ settings: { version: 2 }, averageMs: 42 })
  })

  workerTest('is nothing once the batch has been deleted', async ({ engine, startWorker }) => {
    const id = await submit(engine, { count: 1 })
    await startWorker({ handlers: { work: () => 'ok' } })
    await untilFinished(engine, id)

    await deleteBatch(engine, id)

    expect(await new BatchKnowledge(engine).batch(id, 1)).toBeUndefined()
  })

  workerTest('is forgotten after a thousand others, unless it was used meanwhile', async ({ engine }) => {
    const knowledge = new BatchKnowledge(engine)
    const [used, unused] = [await submit(engine, { count: 1 }), await submit(engine, { count: 1 })]
    const { meta } = engine.keys.batch(used)
    const [knownUsed, knownUnused] = [await knowledge.batch(used, 1), await knowledge.batch(unused, 1)]
    const fields = await engine.redis.hgetall(meta)
    const others = range(999).map((n) => `other-${n}`)
    await Promise.all(others.map((id) => engine.redis.hset(engine.keys.batch(id).meta, fields)))

    await Promise.all(others.slice(0, 500).map((id) => knowledge.batch(id, 1)))
    await knowledge.batch(used, 1)
    await Promise.all(others.slice(500).map((id) => knowledge.batch(id, 1)))

    expect(await knowledge.batch(used, 1)).toBe(knownUsed)
    expect(await knowledge.batch(unused, 1)).not.toBe(knownUnused)
  })
})

workerTest(
  'how large slices of a batch have become outlasts a run, and a change of its settings',
  async ({ engine }) => {
    const id = await submit(engine, { count: 1 })
    const knowledge = new BatchKnowledge(engine)
    expect(knowledge.recall(id)).toBeUndefined()

    const known = await knowledge.batch(id, 1)
    if (known) known.sliceSize = 64
    await updateBatch(engine, id, { priority: 2 })

    expect(knowledge.recall(id)?.sliceSize).toBe(64)
    expect((await knowledge.batch(id, 2))?.sliceSize).toBe(64)
  },
)

describe('what a worker knows of a queue', () => {
  workerTest('is kept for a while, and read again once the queue has changed', async ({ engine }) => {
    await putQueue(engine, 'calls', { http: { timeoutMs: 1000 } })
    const knowledge = new BatchKnowledge(engine)
    const before = await knowledge.queue('calls')
    await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 1000 }] })
    await putQueue(engine, 'calls', { http: { timeoutMs: 2000 }, limit: 'api' })
    const kept = await knowledge.queue('calls')

    knowledge.forgetQueue('calls')

    const after = await knowledge.queue('calls')
    expect([before, kept, after].map(({ http, limit }) => [http.timeoutMs, limit])).toEqual([
      [1000, null],
      [1000, null],
      [2000, 'api'],
    ])
  })

  workerTest('is not kept if the queue changed while it was read', async ({ engine }) => {
    await putQueue(engine, 'calls', { http: { timeoutMs: 1000 } })
    const knowledge = new BatchKnowledge(engine)

    const reading = knowledge.queue('calls')
    knowledge.forgetQueue('calls')
    await reading
    await putQueue(engine, 'calls', { http: { timeoutMs: 2000 } })

    expect((await knowledge.queue('calls')).http.timeoutMs).toBe(2000)
  })

  workerTest(
    'is what its tasks are told, as soon as the worker has heard of a change',
    async ({ engine, startWorker }) => {
      await putQueue(engine, 'calls', { http: { timeoutMs: 1000 } })
      await startWorker({ handlers: { work: (_payload, { http }) => http.timeoutMs } })
      const told = async () => {
        const id = await submit(engine, { count: 1, queue: 'calls' })
        await untilFinished(engine, id)
        return (await tasksOf(engine, id))[0]?.result
      }
      expect(await told()).toBe(1000)

      await putQueue(engine, 'calls', { http: { timeoutMs: 2000 } })

      // By itself it would look after ten seconds.
      await expect.poll(told, { timeout: 5000 }).toBe(2000)
    },
  )
})

describe('settings that Redis will not give out for a moment', () => {
  ownServerTest('cost no attempt', async ({ ownEngine, startWorker, server, prefix }) => {
    const { redis } = ownEngine
    await redis.call('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '&*', '+@all')
    const warnings: string[] = []
    const log: Logger = { debug() {}, info() {}, warn: (_fields, text) => void warnings.push(text), error() {} }
    const url = server.url.replace('redis://', 'redis://worker:secret@')
    await startWorker({ handlers: { work: () => 'ok' }, log }, url)

    // Everything but the settings of queues.
    await redis.call('ACL', 'SETUSER', 'worker', 'resetkeys', '~{*', `~${prefix}:{b*`, `~${prefix}:[a-z]*`)
    const id = await submit(ownEngine, { count: 20, retry: { maxAttempts: 1 } })
    await until(() => warnings.length > 10)
    await redis.call('ACL', 'SETUSER', 'worker', '~*')
    const { counts } = await untilFinished(ownEngine, id)

    expect(counts).toMatchObject({ completed: 20, failed: 0 })
  })
})
