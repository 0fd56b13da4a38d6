import { freePort, redisTest, startRedis } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { appendTasks } from '../src/batch/append-tasks.ts'
import { createBatch } from '../src/batch/create-batch.ts'
import { connectRedis } from '../src/connect-redis.ts'
import { StorageFullError } from '../src/errors.ts'
import { checkHealth, checkRedisSettings } from '../src/health.ts'
import { envelopes, newBatch } from './support/batches.ts'
import { checkedEngine, keysOf } from './support/engine-test.ts'
import { completed } from './support/outcomes.ts'
import { runToEnd, TicketDriver } from './support/ticket-driver.ts'

/** A test on a server with 100 MB of memory. */
const smallRedisTest = redisTest.override(
  'redisServer',
  { scope: 'file' },
  // oxlint-disable-next-line no-empty-pattern -- vitest insists on a pattern.
  async ({}, { onCleanup }) => {
    const server = await startRedis({ args: ['--maxmemory', '100mb'] })
    onCleanup(() => server.stop())
    return server
  },
)

describe('a Redis that is more than 90% full', () => {
  smallRedisTest(
    'refuses new tasks with StorageFullError, and lets accepted tasks finish',
    async ({ redis, redisUrl, prefix, onTestFinished }) => {
      const engine = checkedEngine(redis, prefix)
      const id = await newBatch(engine, { tasks: 2, sealed: false })
      const before = await keysOf(redis, prefix)
      await redis.setrange(`${prefix}:ballast`, 96_000_000, 'x')
      // The usage is cached for a second per connection, so this needs a new one.
      const lateRedis = connectRedis(redisUrl)
      onTestFinished(() => lateRedis.disconnect())
      const late = checkedEngine(lateRedis, prefix)

      const [creating, appending] = await Promise.allSettled([
        createBatch(late, { code: 'c', tasks: envelopes(3) }),
        appendTasks(late, id, [envelopes(3)]),
      ])

      expect(creating).toMatchObject({ reason: expect.any(StorageFullError) as StorageFullError })
      expect(creating).toMatchObject({
        reason: { message: expect.stringMatching(/^Redis uses 9\d% of its maxmemory/) as string },
      })
      expect(appending).toMatchObject({ reason: expect.any(StorageFullError) as StorageFullError })
      expect(appending).toMatchObject({ reason: { details: { accepted: 0, skipped: 0, total: 2 } } })
      expect(await keysOf(redis, prefix)).toEqual([...before, 'ballast'].toSorted())
      const { tasks } = await runToEnd(new TicketDriver(late, id), 1, ({ seq }) => completed(seq))
      expect(tasks).toHaveLength(2)
    },
  )
})

describe('a Redis that may evict keys', () => {
  smallRedisTest('causes a warning', async ({ redis, prefix }) => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')

    const warnings = await checkRedisSettings(checkedEngine(redis, prefix))

    expect(warnings).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')])
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
  })
})

describe('a Redis that does not respond', () => {
  smallRedisTest('is not healthy', async ({ redis, prefix }) => {
    const unreachable = connectRedis(`redis://127.0.0.1:${await freePort()}`, { failFast: true })
    unreachable.on('error', () => {})

    const healths = [
      await checkHealth(checkedEngine(redis, prefix)),
      await checkHealth(checkedEngine(unreachable, prefix)),
    ]
    unreachable.disconnect()

    expect(healths).toEqual([{ ok: true }, { ok: false, problem: expect.any(String) as string }])
  })
})
