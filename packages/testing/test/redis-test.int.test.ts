import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describe, expect } from 'vitest'
import { redisTest } from '../src/index.ts'
import { ownServerTest } from './support/own-server-test.ts'

describe('what a test gets', () => {
  redisTest('a connection to the server of its file', async ({ redis, redisUrl, redisServer }) => {
    expect(await redis.ping()).toBe('PONG')
    expect(redisUrl).toBe(redisServer.url)
  })

  redisTest('a prefix of its own', ({ prefix }) => {
    expect(prefix).toMatch(/^test-[\w-]{13}$/)
  })

  redisTest.beforeAll(({ redisUrl }) => {
    expect(redisUrl, 'the server is there before the first test').toMatch(/^redis:\/\//)
  })
})

describe('the keys of a test', () => {
  const seen: { passed?: string; failed?: string } = {}

  ownServerTest('are written by one that passes', async ({ redis, prefix }) => {
    seen.passed = prefix
    await redis.mset({ [`${prefix}:a`]: '1', [`{${prefix}}:b`]: '2', [`sluice:{${prefix}}:c`]: '3', 'of another': '4' })

    expect(await redis.dbsize()).toBe(4)
  })

  ownServerTest.fails('and by one that fails', async ({ redis, prefix }) => {
    seen.failed = prefix
    await redis.set(`${prefix}:a`, '1')

    expect('as a test that fails').toBe('expected')
  })

  ownServerTest(
    'the first are gone, wherever in a key the prefix stands, and those of others are kept',
    async ({ redis }) => {
      expect((await redis.keys('*')).toSorted()).toEqual(['of another', `${seen.failed}:a`].toSorted())
      expect(seen.passed).not.toBe(seen.failed)
    },
  )
})

describe('the connections of a test', () => {
  const opened: Redis[] = []

  ownServerTest.fails('fail it when they stay open', async ({ redisUrl }) => {
    const stray = new Redis(redisUrl, { connectionName: 'forgotten' })
    opened.push(stray)

    await stray.ping()
  })

  ownServerTest('do not fail the test after it', async ({ redis }) => {
    expect(await redis.call('CLIENT', 'LIST')).toContain('name=forgotten')

    opened[0]?.disconnect()
  })

  ownServerTest('may close a moment after it ends', async ({ redisUrl }) => {
    const slow = new Redis(redisUrl)
    await slow.ping()

    void setTimeout(300).then(() => slow.disconnect())
  })

  ownServerTest(
    'may be closed by a hook, which can still use its own',
    async ({ redis, redisUrl, prefix, onTestFinished }) => {
      const other = new Redis(redisUrl)
      onTestFinished(async () => {
        expect(await redis.get(prefix)).toBe('still here')
        await other.quit()
      })

      await redis.set(prefix, 'still here')
    },
  )

  const withClient = ownServerTest.extend('client', async ({ redisUrl }, { onCleanup }) => {
    const client = new Redis(redisUrl)
    onCleanup(async () => void (await client.quit()))
    return client
  })
  withClient('may be closed by a fixture built on this one', async ({ client }) => {
    expect(await client.ping()).toBe('PONG')
  })

  ownServerTest('may be its own one, closed by itself', async ({ redis }) => {
    expect(await redis.quit()).toBe('OK')
  })
})

describe.concurrent('tests that run at once', () => {
  ownServerTest.for([1, 2, 3, 4])('have a connection and a prefix each (%i)', async (number, { redis, prefix }) => {
    await redis.set(prefix, number)
    await setTimeout(20 * number)

    expect(await redis.get(prefix)).toBe(String(number))
  })
})
