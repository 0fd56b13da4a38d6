import { Cluster, Redis, type RedisOptions } from 'ioredis'

/** A connection to one Redis, or to a Redis Cluster. Both take the same commands, as long as all keys of one share a slot. */
export type RedisConnection = Redis | Cluster

/** Connects to the Redis of a URL, or to the cluster of several, separated by commas. Commands wait until it is there. */
export function openConnection(
  url: string,
  more: Pick<RedisOptions, 'connectionName' | 'commandTimeout'> = {},
): RedisConnection {
  const options = { maxRetriesPerRequest: null, ...more }
  const nodes = url.split(',')
  return nodes.length === 1 ? new Redis(url, options) : new Cluster(nodes, { redisOptions: options })
}

/** A connection to each server that holds keys: for what a server says or does as such. */
export function serversOf(redis: RedisConnection): Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis]
}

/** The keys that match a pattern, on whichever server they are. */
export async function findKeys(redis: RedisConnection, pattern: string): Promise<string[]> {
  // A cluster that was just made knows its servers only once it has connected.
  await redis.ping()
  const found: string[] = []
  for (const server of serversOf(redis)) {
    for await (const keys of server.scanStream({ match: pattern, count: 1000 })) found.push(...(keys as string[]))
  }
  return [...new Set(found)]
}

/** Deletes the keys that match a pattern, wherever they are. */
export async function deleteKeys(redis: RedisConnection, pattern: string): Promise<void> {
  const keys = await findKeys(redis, pattern)
  // One by one: those of a cluster lie in different slots.
  await Promise.all(keys.map((key) => redis.unlink(key)))
}
