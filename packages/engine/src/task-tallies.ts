import type { Engine } from './engine.ts'
import type { TaskTally } from './model/task-tally.ts'
import { redisNow } from './redis-now.ts'

/** What a pass of the reconciler has counted. */
export interface CountedTally {
  /** Time since the pass, in ms. */
  ageMs: number
  tally: TaskTally
}

/** A tally outlives the workers for so long. */
const KEPT_MS = 24 * 3600 * 1000

/** Keeps what a pass has counted, for metrics: counting on each scrape would read every active batch. */
export async function keepTally(engine: Engine, tally: TaskTally): Promise<void> {
  const at = await redisNow(engine)
  await engine.redis.set(engine.keys.taskTally, JSON.stringify({ at, tally }), 'PX', KEPT_MS)
}

/** Returns what the last pass has counted. Undefined if there was none within a day. */
export async function readTally(engine: Engine): Promise<CountedTally | undefined> {
  const [text, now] = await Promise.all([engine.redis.get(engine.keys.taskTally), redisNow(engine)])
  if (text === null) return undefined
  const { at, tally } = JSON.parse(text) as { at: number; tally: TaskTally }
  return { ageMs: Math.max(0, now - at), tally }
}
