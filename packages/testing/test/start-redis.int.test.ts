import { Redis } from 'ioredis'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startRedis, type StartRedisOptions } from '../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

/** A server and a way to talk to it, both gone after the test. */
async function serverFor(options: StartRedisOptions = { exclusive: true }) {
  const server = await startRedis(options)
  const redis = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
  })
  return { server, redis }
}

describe('a server of its own', () => {
  test('takes commands, and its arguments', async () => {
    const { server, redis } = await serverFor({ args: ['--maxmemory', '32mb', '--maxmemory-policy', 'noeviction'] })

    expect(await redis.config('GET', 'maxmemory*')).toEqual(
      expect.arrayContaining(['maxmemory', String(32 * 1024 ** 2), 'maxmemory-policy', 'noeviction']),
    )
    expect(server.isShared).toBe(false)
  })

  test('is not reachable after it stopped, and stops twice', async () => {
    const { server } = await serverFor()

    await server.stop()
    await server.stop()

    const late = new Redis(server.url, { lazyConnect: true, retryStrategy: () => null })
    late.on('error', () => {})
    await expect(late.connect()).rejects.toThrow(/closed|ECONNREFUSED/)
  })

  test('many at once do not meet', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => serverFor()))

    await Promise.all(servers.map(({ redis }, index) => redis.set('number', index)))

    expect(await Promise.all(servers.map(({ redis }) => redis.get('number')))).toEqual(
      Array.from({ length: 8 }, (_, index) => String(index)),
    )
    expect(new Set(servers.map(({ server }) => server.url)).size).toBe(8)
  })

  test('comes back from a crash at the same address, empty where nothing was persisted', async () => {
    const { server, redis } = await serverFor()
    await redis.set('a', '1')

    await server.kill()
    await server.kill()
    await server.restart()

    expect(await redis.get('a')).toBeNull()
  })

  test('comes back with what its append-only file kept', async () => {
    const { server, redis } = await serverFor({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    await redis.set('a', '1')
    await server.kill()
    await server.restart()
    await redis.set('b', '2')

    await server.restart()

    expect(await redis.mget('a', 'b')).toEqual(['1', '2'])
  })

  test('that cannot start says why', async () => {
    vi.stubEnv('SLUICE_TEST_REDIS', 'process')

    await expect(startRedis({ args: ['--no-such-setting', '1'] })).rejects.toThrow(/no-such-setting/)
  })
})

describe('where it comes from', () => {
  test('a given server is used and left running', async () => {
    const { server: given, redis } = await serverFor()
    vi.stubEnv('SLUICE_TEST_REDIS_URL', given.url)
    const server = await startRedis()

    await server.stop()

    expect(server.url).toBe(given.url)
    expect(server.isShared).toBe(true)
    expect(await redis.ping()).toBe('PONG')
    await expect(server.kill()).rejects.toThrow('startRedis({ exclusive: true })')
    await expect(server.restart()).rejects.toThrow('startRedis({ exclusive: true })')
  })

  test.each([{ exclusive: true }, { args: ['--maxclients', '100'] }])('a test with %j has its own', async (options) => {
    vi.stubEnv('SLUICE_TEST_REDIS_URL', 'redis://127.0.0.1:1')

    const { server } = await serverFor(options)

    expect(server.url).not.toBe('redis://127.0.0.1:1')
  })

  test('without engine, program or address the error says what can be done', async () => {
    for (const name of ['DOCKER_HOST', 'XDG_RUNTIME_DIR', 'SLUICE_TEST_REDIS_URL']) vi.stubEnv(name, undefined)
    vi.stubEnv('PATH', '/nowhere')
    vi.stubEnv('SLUICE_TEST_REDIS', 'auto')
    vi.stubEnv('REDIS_IMAGE', 'an-image-that-does-not-exist:0')

    await expect(startRedis()).rejects.toThrow(
      'The tests need a Redis: install redis-server or valkey-server, or start a container engine that has the ' +
        'image an-image-that-does-not-exist:0, or set SLUICE_TEST_REDIS_URL.',
    )
  })

  test('an unknown mode is refused', async () => {
    vi.stubEnv('SLUICE_TEST_REDIS_URL', undefined)
    vi.stubEnv('SLUICE_TEST_REDIS', 'docker')

    await expect(startRedis()).rejects.toThrow('must be auto, container, process or cluster, not "docker"')
  })
})
