import { deleteKeys, findKeys, redisTest } from '@sluice/testing'
import { expect } from 'vitest'
import { connectRedis, type RedisConnection } from '../../src/connect-redis.ts'
import { closeEngine, createEngine, type Engine, type EngineQuotas } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { expectCountsToAddUp } from './counts.ts'
import { watchRedis } from './watched-redis.ts'

/**
 * A test with an engine. After every script that any engine of the test runs, the counts of the batch it ran on must
 * add up.
 */
export const engineTest = redisTest
  .extend('openEngine', ({ redisUrl, prefix, onTestFinished }) => {
    // A connection each, so that what they do really races.
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
    // Connected already, so that none has a start over another.
    return async (count: number): Promise<Engine[]> => {
      const engines = range(count).map(() => openEngine())
      await Promise.all(engines.map(({ redis }) => redis.ping()))
      return engines
    }
  })

/** An engine that holds each batch to its counts, after every script it runs on it. */
export function checkedEngine(redis: RedisConnection, prefix: string, quotas: Partial<EngineQuotas> = {}): Engine {
  const engine = createEngine({ redis, prefix, quotas })
  const after = async (command: string, args: readonly unknown[]) => {
    const id = command === 'evalsha' || command === 'eval' ? batchIdOf(String(args[2])) : undefined
    if (id !== undefined) await expectCountsToAddUp(engine, id)
  }
  return { ...engine, redis: watchRedis(redis, { after }) }
}

/** The first key of every script on a batch is its `meta`. */
function batchIdOf(key: string): string | undefined {
  return /\{batch:(\w+)\}:meta$/.exec(key)?.[1]
}

/** All keys of a test, without its prefix, BullMQ's own left out. */
export async function keysOf(redis: RedisConnection, prefix: string): Promise<string[]> {
  const found = await findKeys(redis, `${prefix}:*`)
  return found.map((key) => key.slice(prefix.length + 1)).toSorted()
}

/** Removes the keys of a test in its midst, for a fresh start. */
export async function removeKeys(redis: RedisConnection, prefix: string): Promise<void> {
  await deleteKeys(redis, `*${prefix}*`)
}

/** Nothing of a batch is left, in its own keys or in any index. */
export async function expectNoTrace(redis: RedisConnection, prefix: string, id: string): Promise<void> {
  const keys = await keysOf(redis, prefix)
  expect(keys.filter((key) => key.includes(id))).toEqual([])
  for (const key of keys) {
    const type = await redis.type(`${prefix}:${key}`)
    if (type === 'zset')
      expect(await redis.zrange(`${prefix}:${key}`, '0', '-1'), `members of ${key}`).not.toContain(id)
    if (type === 'hash') expect(await redis.hvals(`${prefix}:${key}`), `values of ${key}`).not.toContain(id)
  }
}
