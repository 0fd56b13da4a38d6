import { Cluster, type Redis } from 'ioredis'
import type { RedisConnection } from './connect-redis.ts'
import type { Engine } from './engine.ts'
import { StorageFullError } from './errors.ts'

/** Intake stops here, so that the outcomes of what was accepted still find room. */
const MAX_USED = 0.9

const LOOK_EVERY_MS = 1000

interface Usage {
  lookedAt: number
  reading: Promise<{ used: number; max: number }>
}

const usages = new WeakMap<RedisConnection, Usage>()

/** Throws `StorageFullError` when Redis has used 90% of its `maxmemory`. Asks Redis at most once a second. */
export async function checkStorage({ redis }: Engine): Promise<void> {
  const { used, max } = await currentUsage(redis)
  if (max > 0 && used > max * MAX_USED) throw new StorageFullError(used, max)
}

function currentUsage(redis: RedisConnection): Usage['reading'] {
  const known = usages.get(redis)
  if (known && Date.now() - known.lookedAt < LOOK_EVERY_MS) return known.reading
  const reading = readFullestNode(redis)
  usages.set(redis, { lookedAt: Date.now(), reading })
  // A failed look must not be remembered as the answer.
  reading.catch(() => usages.delete(redis))
  return reading
}

/** In a cluster a batch may land on any master, so the fullest decides. */
async function readFullestNode(redis: RedisConnection): Usage['reading'] {
  const usage = await Promise.all((await mastersOf(redis)).map(readNode))
  const share = ({ used, max }: { used: number; max: number }) => (max > 0 ? used / max : 0)
  return usage.toSorted((a, b) => share(b) - share(a))[0] ?? { used: 0, max: 0 }
}

/** A cluster knows its masters once it has connected; what it has before are connections that it closes then. */
async function mastersOf(redis: RedisConnection): Promise<Redis[]> {
  if (!(redis instanceof Cluster)) return [redis]
  if (redis.status !== 'ready') await redis.ping()
  return redis.nodes('master')
}

async function readNode(node: Redis): Promise<{ used: number; max: number }> {
  const info = await node.info('memory')
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  return { used: field('used_memory'), max: field('maxmemory') }
}
