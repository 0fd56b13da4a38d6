import { randomUUID } from 'node:crypto'
import { test } from 'vitest'
import { listRedisClients, waitUntilClientsGone } from './redis-clients.ts'
import { deleteKeys, openConnection } from './redis-connection.ts'
import type { RedisServer } from './redis-server.ts'
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
    const observer = openConnection(redisUrl, { connectionName: 'redis-observer', commandTimeout: 5000 })
    onCleanup(() => observer.disconnect())
    return observer
  })
  .extend('prefix', { auto: true }, async ({ redisServer, redisObserver, task, onTestFinished }) => {
    const prefix = `test-${randomUUID().slice(0, 13)}`
    // A neighbour's connections look like this test's own.
    const isAlone = !redisServer.isShared && task.concurrent !== true
    const before = isAlone ? await listRedisClients(redisObserver) : new Map<string, string>()

    // Automatic fixtures come first, and the hook that was registered first is called last.
    onTestFinished(async () => {
      if (isAlone) await waitUntilClientsGone(redisObserver, before)
      // The prefix may stand anywhere in a key: after a hash tag, for one.
      if (task.result?.state === 'pass') return await deleteKeys(redisObserver, `*${prefix}*`)
      console.log(`The keys of "${task.name}" contain ${prefix}. ${whereToLook(redisServer.isShared)}`)
    })
    return prefix
  })
  .extend('redis', ({ redisUrl, onTestFinished }) => {
    const redis = openConnection(redisUrl)
    onTestFinished(() => redis.disconnect())
    return redis
  })

/**
 * For tests that configure their server, count its commands or flush it: a server of the file's own, also where others
 * share one. `redisTest.override('redisServer', { scope: 'file' }, exclusiveServer)`
 */
// oxlint-disable-next-line no-empty-pattern -- as above.
export async function exclusiveServer({}: object, { onCleanup }: OnCleanup): Promise<RedisServer> {
  const server = await startRedis({ exclusive: true })
  onCleanup(() => server.stop())
  return server
}

interface OnCleanup {
  onCleanup: (stop: () => Promise<void>) => void
}

function whereToLook(isShared: boolean): string {
  return isShared
    ? 'They are kept.'
    : 'To look at them, set SLUICE_TEST_REDIS_URL to a server that stays, and run the test again.'
}
