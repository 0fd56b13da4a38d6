import type { Redis } from 'ioredis'
import type { RedisConnection } from './connect-redis.ts'
import type { Engine } from './engine.ts'
import { StorageFullError } from './errors.ts'
import { infoField, mastersOf } from './redis-nodes.ts'

/** Intake stops at this share of `maxmemory`, so that the outcomes of accepted tasks still fit. */
const MAX_USED = 0.9

const READ_EVERY_MS = 1000

interface Usage {
  readAt: number
  reading: Promise<{ used: number; max: number }>
}

const usages = new WeakMap<RedisConnection, Usage>()

/** Throws `StorageFullError` if Redis uses more than 90% of its `maxmemory`. Reads the usage at most once a second. */
export async function checkStorage({ redis }: Engine): Promise<void> {
  const { used, max } = await currentUsage(redis)
  if (max > 0 && used > max * MAX_USED) throw new StorageFullError(used, max)
}

function currentUsage(redis: RedisConnection): Usage['reading'] {
  const known = usages.get(redis)
  if (known && Date.now() - known.readAt < READ_EVERY_MS) return known.reading
  const reading = readFullestNode(redis)
  usages.set(redis, { readAt: Date.now(), reading })
  // A failed read must not be cached.
  reading.catch(() => usages.delete(redis))
  return reading
}

/** In a cluster the hash slot of a new batch may be on any master, so the fullest one decides. */
async function readFullestNode(redis: RedisConnection): Usage['reading'] {
  const usage = await Promise.all((await mastersOf(redis)).map(readNode))
  const share = ({ used, max }: { used: number; max: number }) => (max > 0 ? used / max : 0)
  return usage.toSorted((a, b) => share(b) - share(a))[0] ?? { used: 0, max: 0 }
}

async function readNode(node: Redis): Promise<{ used: number; max: number }> {
  const info = await node.info('memory')
  const field = (name: string) => Number(infoField(info, name) ?? 0)
  return { used: field('used_memory'), max: field('maxmemory') }
}
