import { changeApiKey, closeEngine, connectRedis, createApiKey, createEngine, type Engine } from '@sluice/engine'
import { RedisLink, redisTest, startRedis } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { ApiKeyCache } from '../../src/auth/api-key-cache.ts'
import { RecentReads } from '../../src/auth/recent-reads.ts'
import { isRedisOutage } from '../../src/http/errors/redis-outage.ts'

const SUBMITTER = { name: 'x', role: 'submitter' } as const

/** A process whose way to Redis can be slowed down, paused and cut, and another one that has its own. */
const cacheTest = redisTest.extend('parts', async ({ prefix, onTestFinished }) => {
  const server = await startRedis({ exclusive: true })
  const link = await RedisLink.start(server.url)
  const engines = [link.url, server.url].map((url) => {
    const redis = connectRedis(url, { failFast: true })
    redis.on('error', () => {})
    return createEngine({ redis, prefix })
  }) as [Engine, Engine]
  onTestFinished(async () => {
    for (const engine of engines) {
      await closeEngine(engine)
      engine.redis.disconnect()
    }
    link.close()
    await server.stop()
  })
  return { server, link, engine: engines[0], other: engines[1] }
})

describe('the API keys that a process has read', () => {
  cacheTest('are read once, by however many requests', async ({ parts: { engine, other } }) => {
    const { apiKey } = await createApiKey(other, SUBMITTER, 'command')
    const cache = new ApiKeyCache(engine)

    const found = await Promise.all(Array.from({ length: 100 }, async () => await cache.find(apiKey.id)))

    expect(new Set(found).size).toBe(1)
    expect(cache.find(apiKey.id)).toBe(found[0])
  })

  cacheTest('are read again once they are not fresh', async ({ parts: { engine, other } }) => {
    const { apiKey } = await createApiKey(other, SUBMITTER, 'command')
    const cache = new ApiKeyCache(engine, { freshMs: 0 })
    await cache.find(apiKey.id)

    await changeApiKey(other, apiKey.id, { role: 'viewer' })

    expect(await cache.find(apiKey.id)).toMatchObject({ principal: { role: 'viewer' } })
  })

  cacheTest('do not come from a look-up that began before the key changed', async ({ parts: { engine, other } }) => {
    const { apiKey } = await createApiKey(other, SUBMITTER, 'command')
    const cache = new ApiKeyCache(engine)
    // Redis has answered the look-up, and the answer has not arrived yet, when the key changes.
    const evaluate = engine.redis.evalsha.bind(engine.redis)
    let change: (() => Promise<void>) | undefined = async () => {
      change = undefined
      await changeApiKey(other, apiKey.id, { role: 'viewer' })
      cache.forget(apiKey.id)
    }
    engine.redis.evalsha = (async (...args: Parameters<typeof evaluate>) => {
      const reply = await evaluate(...args)
      await change?.()
      return reply
    }) as never
    const early = await cache.find(apiKey.id)
    expect(early).toMatchObject({ principal: { role: 'submitter' } })

    expect(await cache.find(apiKey.id)).toMatchObject({ principal: { role: 'viewer' } })
  })

  cacheTest(
    'no longer count for those who hold a reading, from the signal of a change on',
    async ({ parts: { engine, other } }) => {
      const { apiKey } = await createApiKey(other, SUBMITTER, 'command')
      const cache = new ApiKeyCache(engine)
      const known = await cache.find(apiKey.id)
      const reading = cache.readingOf(apiKey.id)
      expect(reading).toMatchObject({ known, freshUntil: expect.toSatisfy((at: number) => at > performance.now()) })

      cache.forget(apiKey.id)

      expect(reading?.freshUntil).toBe(Number.NEGATIVE_INFINITY)
      expect(cache.readingOf(apiKey.id)).toBeUndefined()
    },
  )

  redisTest('no longer count for those who hold a reading once others took their place', async () => {
    const cache = new RecentReads(async (id) => id)
    await cache.find('first')
    const reading = cache.readingOf('first')

    for (let i = 0; i < 10_000; i += 1) await cache.find(`${i}`)

    expect([reading?.freshUntil, cache.readingOf('first')]).toEqual([Number.NEGATIVE_INFINITY, undefined])
  })

  cacheTest(
    'are unknown if they do not exist, and are not remembered as that',
    async ({ parts: { engine, other } }) => {
      const cache = new ApiKeyCache(engine)
      expect(await cache.find('000000000000')).toBeUndefined()
      const { apiKey } = await createApiKey(other, SUBMITTER, 'command')

      expect(await cache.find(apiKey.id)).toMatchObject({ principal: { keyId: apiKey.id } })
      expect(cache.knows('000000000000')).toBe(false)
    },
  )

  cacheTest('stay valid for a while without Redis, and others are not known', async ({ parts }) => {
    const { server, engine, other } = parts
    const [{ apiKey: used }, { apiKey: unused }] = [
      await createApiKey(other, SUBMITTER, 'command'),
      await createApiKey(other, SUBMITTER, 'command'),
    ]
    const cache = new ApiKeyCache(engine, { freshMs: 0 })
    const impatient = new ApiKeyCache(engine, { freshMs: 0, staleMs: 1 })
    await Promise.all([cache.find(used.id), impatient.find(used.id)])

    await server.kill()

    expect(await cache.find(used.id)).toMatchObject({ principal: { keyId: used.id } })
    await expect(cache.find(unused.id)).rejects.toSatisfy(isRedisOutage)
    await expect(impatient.find(used.id)).rejects.toSatisfy(isRedisOutage)
  })
})
