import type { Engine } from './engine.ts'

/** Returns the time of Redis's clock, in ms. Decisions about stored times use it, because processes' clocks differ. */
export async function redisNow({ redis }: Pick<Engine, 'redis'>): Promise<number> {
  const [seconds, microseconds] = (await redis.time()) as unknown as [string | number, string | number]
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}
