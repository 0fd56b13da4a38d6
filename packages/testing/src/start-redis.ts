import { findRedisProgram } from './find-redis-program.ts'
import { GivenRedis, type RedisServer } from './redis-server.ts'
import { canStartRedisContainer, startRedisContainer } from './start-redis-container.ts'
import { startRedisProcess } from './start-redis-process.ts'

export interface StartRedisOptions {
  /** Further arguments of redis-server, e.g. `['--appendonly', 'yes']`. Default: none; no persistence. */
  args?: readonly string[]
  /**
   * Never use the server of SLUICE_TEST_REDIS_URL: for tests that configure, flush, kill or restart theirs.
   * Default: true when there are `args`, else false.
   */
  exclusive?: boolean
}

/**
 * Whether tests share a Redis Cluster. What cannot be tested on one, such as a slow link to the one server, says so with
 * `test.skipIf(isCluster)`.
 */
export const isCluster = process.env['SLUICE_TEST_REDIS'] === 'cluster'

/**
 * Starts a throwaway Redis, in the way SLUICE_TEST_REDIS says: `process`, `container`, or `auto` (the default), which
 * takes a container if an engine answers and has the image REDIS_IMAGE (default redis:8), else a process.
 * With SLUICE_TEST_REDIS_URL set, that server is used instead. With SLUICE_TEST_REDIS=cluster this URL is that of a Redis
 * Cluster which lasts as long as the run, and a server that must be exclusive is a process of its own.
 */
export async function startRedis({
  args = [],
  exclusive = args.length > 0,
}: StartRedisOptions = {}): Promise<RedisServer> {
  const given = process.env['SLUICE_TEST_REDIS_URL']
  if (given && !exclusive) return new GivenRedis(given)

  const image = process.env['REDIS_IMAGE'] ?? 'redis:8'
  const mode = readMode()
  if (mode === 'container' || (mode === 'auto' && (await canStartRedisContainer(image)))) {
    return await startRedisContainer(image, args)
  }
  return await startRedisProcess(await requireProgram(mode, image), args)
}

function readMode(): 'auto' | 'container' | 'process' {
  const mode = process.env['SLUICE_TEST_REDIS'] ?? 'auto'
  if (mode === 'cluster') return 'process'
  if (mode === 'auto' || mode === 'container' || mode === 'process') return mode
  throw new Error(`SLUICE_TEST_REDIS must be auto, container, process or cluster, not "${mode}".`)
}

async function requireProgram(mode: 'auto' | 'process', image: string): Promise<string> {
  const program = await findRedisProgram()
  if (program !== undefined) return program
  const container = mode === 'auto' ? `, or start a container engine that has the image ${image}` : ''
  throw new Error(
    `The tests need a Redis: install redis-server or valkey-server${container}, or set SLUICE_TEST_REDIS_URL.`,
  )
}
