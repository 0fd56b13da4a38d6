import { deleteBatch, putLimit, putQueue } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { SettingsCache } from '../../src/ticket/settings-cache.ts'
import {
  collectWarnings,
  ownServerTest,
  submit,
  tasksOf,
  until,
  untilFinished,
  workerTest,
} from '../support/worker-test.ts'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('the settings of a batch', () => {
  workerTest('are read once for each version', async ({ engine }) => {
    const cache = new SettingsCache(engine)
    const id = await submit(engine, { count: 1, attemptTimeoutMs: 1000 })

    const first = await cache.ofBatch(id, 1)
    await engine.redis.hset(engine.keys.batch(id).meta, 'version', 2, 'attempt_timeout_ms', 2000)

    expect(first).toMatchObject({ version: 1, type: 'work', queue: 'default', attemptTimeoutMs: 1000 })
    expect(await cache.ofBatch(id, 1)).toBe(first)
    expect(await cache.ofBatch(id, 2)).toMatchObject({ version: 2, attemptTimeoutMs: 2000 })
  })

  workerTest('are undefined once the batch has been deleted', async ({ engine, startWorker }) => {
    const id = await submit(engine, { count: 1 })
    await startWorker({ handlers: { work: () => 'ok' } })
    await untilFinished(engine, id)

    await deleteBatch(engine, id)

    expect(await new SettingsCache(engine).ofBatch(id, 1)).toBeUndefined()
  })

  workerTest('are dropped after a thousand other batches, unless they were used meanwhile', async ({ engine }) => {
    const cache = new SettingsCache(engine)
    const [used, unused] = [await submit(engine, { count: 1 }), await submit(engine, { count: 1 })]
    const { meta } = engine.keys.batch(used)
    const [ofUsed, ofUnused] = [await cache.ofBatch(used, 1), await cache.ofBatch(unused, 1)]
    const fields = await engine.redis.hgetall(meta)
    const others = range(999).map((n) => `other-${n}`)
    await Promise.all(others.map((id) => engine.redis.hset(engine.keys.batch(id).meta, fields)))

    await Promise.all(others.slice(0, 500).map((id) => cache.ofBatch(id, 1)))
    await cache.ofBatch(used, 1)
    await Promise.all(others.slice(500).map((id) => cache.ofBatch(id, 1)))

    expect(await cache.ofBatch(used, 1)).toBe(ofUsed)
    expect(await cache.ofBatch(unused, 1)).not.toBe(ofUnused)
  })
})

describe('the settings of a queue', () => {
  workerTest('are cached for a while, and read again once the queue has changed', async ({ engine }) => {
    await putQueue(engine, 'calls', { http: { timeoutMs: 1000 } })
    const cache = new SettingsCache(engine)
    const before = await cache.ofQueue('calls')
    await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 1000 }] })
    await putQueue(engine, 'calls', { http: { timeoutMs: 2000 }, limit: 'api' })
    const cached = await cache.ofQueue('calls')

    cache.forgetQueue('calls')

    const after = await cache.ofQueue('calls')
    expect([before, cached, after].map(({ http, limit }) => [http.timeoutMs, limit])).toEqual([
      [1000, null],
      [1000, null],
      [2000, 'api'],
    ])
  })

  workerTest('are not cached if the queue changed while they were read', async ({ engine }) => {
    await putQueue(engine, 'calls', { http: { timeoutMs: 1000 } })
    const cache = new SettingsCache(engine)

    const reading = cache.ofQueue('calls')
    cache.forgetQueue('calls')
    await reading
    await putQueue(engine, 'calls', { http: { timeoutMs: 2000 } })

    expect((await cache.ofQueue('calls')).http.timeoutMs).toBe(2000)
  })

  workerTest(
    'reach its tasks as soon as the worker receives the signal of a change',
    async ({ engine, startWorker }) => {
      await putQueue(engine, 'calls', { http: { timeoutMs: 1000 } })
      await startWorker({ handlers: { work: (_payload, { http }) => http.timeoutMs } })
      const timeoutOfATask = async () => {
        const id = await submit(engine, { count: 1, queue: 'calls' })
        await untilFinished(engine, id)
        return (await tasksOf(engine, id))[0]?.result
      }
      expect(await timeoutOfATask()).toBe(1000)

      await putQueue(engine, 'calls', { http: { timeoutMs: 2000 } })

      // Without the signal the cached settings last ten seconds.
      await expect.poll(timeoutOfATask, { timeout: 5000 }).toBe(2000)
    },
  )
})

describe('settings that Redis refuses for a moment', () => {
  ownServerTest('cost no attempt', async ({ ownEngine, startWorker, server, prefix }) => {
    const { redis } = ownEngine
    await redis.call('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '&*', '+@all')
    const { log, warnings } = collectWarnings()
    const url = server.url.replace('redis://', 'redis://worker:secret@')
    await startWorker({ handlers: { work: () => 'ok' }, log }, url)

    // All keys except the settings of queues.
    await redis.call('ACL', 'SETUSER', 'worker', 'resetkeys', '~{*', `~${prefix}:{b*`, `~${prefix}:[a-z]*`)
    const id = await submit(ownEngine, { count: 20, retry: { maxAttempts: 1 } })
    await until(() => warnings.length > 10)
    await redis.call('ACL', 'SETUSER', 'worker', '~*')
    const { counts } = await untilFinished(ownEngine, id)

    expect(counts).toMatchObject({ completed: 20, failed: 0 })
  })
})
