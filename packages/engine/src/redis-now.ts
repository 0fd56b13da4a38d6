import type { Engine } from './engine.ts'

/** The time by Redis's clock, in ms. Processes judge one another's records by this clock, never by their own. */
export async function redisNow({ redis }: Pick<Engine, 'redis'>): Promise<number> {
  const [seconds, microseconds] = (await redis.time()) as unknown as [string | number, string | number]
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}
