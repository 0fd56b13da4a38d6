import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { test } from 'vitest'
import { listRedisClients, waitUntilClientsGone } from './redis-clients.ts'
import { startRedis } from './start-redis.ts'

/**
 * A test that has a Redis: one server per file (`redisServer`, `redisUrl`), and per test a connection (`redis`) and a
 * beginning for all its keys (`prefix`).
 *
 * After each test, its other hooks and fixtures included, every connection it opened must be closed, or it fails. Then
 * the keys that contain its prefix are deleted; those of a failed test are kept.
 */
export const redisTest = test
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern, and insists on one.
  .extend('redisServer', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await startRedis()
    onCleanup(() => server.stop())
    return server
  })
  .extend('redisUrl', { scope: 'file' }, ({ redisServer }) => redisServer.url)
  .extend('redisObserver', { scope: 'file' }, ({ redisUrl }, { onCleanup }) => {
    const observer = new Redis(redisUrl, { connectionName: 'redis-observer', commandTimeout: 5000 })
    onCleanup(() => observer.disconnect())
    return observer
  })
  .extend('prefix', { auto: true }, async ({ redisServer, redisObserver, task, onTestFinished }) => {
    const prefix = `test-${randomUUID().slice(0, 13)}`
    // A neighbour's connections look like this test's own.
    const isAlone = !redisServer.isShared && task.concurrent !== true
    const before = await listRedisClients(redisObserver)

    // Automatic fixtures come first, and the hook that was registered first is called last.
    onTestFinished(async () => {
      if (isAlone) await waitUntilClientsGone(redisObserver, before)
      if (task.result?.state === 'pass') return await deleteKeys(redisObserver, prefix)
      console.log(`The keys of "${task.name}" contain ${prefix}. ${whereToLook(redisServer.isShared)}`)
    })
    return prefix
  })
  .extend('redis', ({ redisUrl, onTestFinished }) => {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: null })
    onTestFinished(() => redis.disconnect())
    return redis
  })

async function deleteKeys(redis: Redis, prefix: string): Promise<void> {
  // Anywhere in the key: a hash tag may stand before it.
  for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1000 })) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
}

function whereToLook(isShared: boolean): string {
  return isShared
    ? 'They are kept.'
    : 'To look at them, set SLUICE_TEST_REDIS_URL to a server that stays, and run the test again.'
}
