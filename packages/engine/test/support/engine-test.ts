import { deleteKeys, findKeys, redisTest } from '@sluice/testing'
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { connectRedis, type RedisConnection } from '../../src/connect-redis.ts'
import { closeEngine, createEngine, type Engine, type EngineQuotas } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { expectCountsToAddUp } from './counts.ts'
import { watchRedis } from './watched-redis.ts'

/**
 * A test with an engine. After every script that an engine of the test runs on a batch, the counts of that batch must
 * add up.
 */
export const engineTest = redisTest
  .extend('openEngine', ({ redisUrl, prefix, onTestFinished }) => {
    // Each engine has its own connection, so that concurrent operations really race.
    return (quotas: Partial<EngineQuotas> = {}): Engine => {
      const redis = connectRedis(redisUrl)
      const engine = checkedEngine(redis, prefix, quotas)
      onTestFinished(async () => {
        await closeEngine(engine)
        redis.disconnect()
      })
      return engine
    }
  })
  .extend('engine', ({ openEngine }) => openEngine())
  .extend('openRivals', ({ openEngine }) => {
    // All connect first, so that none has a head start.
    return async (count: number): Promise<Engine[]> => {
      const engines = range(count).map(() => openEngine())
      await Promise.all(engines.map(({ redis }) => redis.ping()))
      return engines
    }
  })

/** Creates an engine that checks the counts of a batch after every script it runs on that batch. */
export function checkedEngine(redis: RedisConnection, prefix: string, quotas: Partial<EngineQuotas> = {}): Engine {
  const engine = createEngine({ redis, prefix, quotas })
  const after = async (command: string, args: readonly unknown[]) => {
    const id = command === 'evalsha' || command === 'eval' ? batchIdOf(String(args[2])) : undefined
    if (id !== undefined) await expectCountsToAddUp(engine, id)
  }
  return { ...engine, redis: watchRedis(redis, { after }) }
}

/** Enters a worker that lives as long as the test, although it does not beat. Returns its id. */
export async function addWorker({ redis, keys }: Engine): Promise<string> {
  const id = `worker-${randomUUID()}`
  await redis.zadd(keys.workers.alive, Date.now() + 3_600_000, id)
  return id
}

/** Returns the batch id of a script call. The first key of every script on a batch is its `meta`. */
function batchIdOf(key: string): string | undefined {
  return /\{batch:(\w+)\}:meta$/.exec(key)?.[1]
}

/** Returns all keys of a test except BullMQ's, without the prefix. */
export async function keysOf(redis: RedisConnection, prefix: string): Promise<string[]> {
  const found = await findKeys(redis, `${prefix}:*`)
  return found.map((key) => key.slice(prefix.length + 1)).toSorted()
}

/** Deletes all keys of a test, so that it can start again. */
export async function removeKeys(redis: RedisConnection, prefix: string): Promise<void> {
  await deleteKeys(redis, `*${prefix}*`)
}

/** Checks that no key and no index entry of a batch exists. */
export async function expectNoTrace(
  redis: RedisConnection,
  prefix: string,
  id: string,
  message = 'after its deletion',
): Promise<void> {
  const traces = (await keysOf(redis, prefix)).map(async (key) => {
    const texts = [key, ...(await textsIn(redis, `${prefix}:${key}`))]
    return texts.filter((text) => text.includes(id)).map((text) => `${key}: ${text}`)
  })
  expect((await Promise.all(traces)).flat(), `traces of ${id}: ${message}`).toEqual([])
}

/** Returns the members, fields and values of an index. */
async function textsIn(redis: RedisConnection, key: string): Promise<string[]> {
  const type = await redis.type(key)
  if (type === 'zset') return await redis.zrange(key, '0', '-1')
  if (type === 'hash') return Object.entries(await redis.hgetall(key)).flat()
  return []
}
