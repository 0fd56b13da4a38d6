import { setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { connectRedis } from '../../src/connect-redis.ts'
import { createKeys } from '../../src/keys.ts'

/** What the thread is started with. */
export interface BeatWatchData {
  redisUrl: string
  prefix: string
  /** The worker whose beats the thread counts. */
  worker: string
  /** Beats after which the thread wakes all that wait for `seen`. */
  beats: number
  /** Becomes 1 once the worker has beaten so often. */
  seen: Int32Array<SharedArrayBuffer>
}

/* Counts the beats of a worker while the thread that started this one is blocked. */

const { redisUrl, prefix, worker, beats, seen } = workerData as BeatWatchData
const redis = connectRedis(redisUrl)
const { alive } = createKeys(prefix).workers
const lifetimes = new Set<string>()

while (lifetimes.size < beats) {
  const until = await redis.zscore(alive, worker)
  if (until !== null) lifetimes.add(until)
  await sleep(20)
}
Atomics.store(seen, 0, 1)
Atomics.notify(seen, 0)
redis.disconnect()
