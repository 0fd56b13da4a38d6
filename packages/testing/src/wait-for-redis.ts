import { Redis } from 'ioredis'

/** Waits until a server answers a PING. */
export async function waitForRedis(url: string, timeoutMs = 10_000): Promise<void> {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
    commandTimeout: timeoutMs,
  })
  // Every refused connection is an event; the command timeout has the last word.
  redis.on('error', () => {})
  try {
    await redis.ping()
  } finally {
    redis.disconnect()
  }
}
