import { Cluster, type Redis } from 'ioredis'
import type { RedisConnection } from './connect-redis.ts'

/**
 * Returns a connection to each master. Waits for a cluster client to be ready: before that, its nodes are connections that
 * it later closes.
 */
export async function mastersOf(redis: RedisConnection): Promise<Redis[]> {
  if (!(redis instanceof Cluster)) return [redis]
  if (redis.status !== 'ready') await redis.ping()
  return redis.nodes('master')
}

/** Returns the value of a field of a reply to INFO. */
export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}
