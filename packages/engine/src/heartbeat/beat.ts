import { type Beat, beatScript } from '../scripts/beat.ts'
import { releaseJobs, type HeartbeatScope } from './release-jobs.ts'

/** The time between two beats. */
export const BEAT_EVERY_MS = 700

/** A worker that has not beaten for this long counts as dead. It is five beats, as a busy machine delays some. */
export const WORKER_TTL_MS = 3500

/** If no worker beats for longer than two beats, Redis was away. */
const LONGEST_GAP_MS = 1500

/** Once Redis is back, every worker connects within half a second, and beats. */
const GRACE_MS = 2000

/** What a beat found: dead workers, and how many of their jobs have returned to their queues. */
export interface Recovery {
  workers: string[]
  jobs: number
}

/**
 * Makes one beat of a worker, and returns the jobs of workers that have died to their queues: their next runs take over
 * the tasks.
 */
export async function beat(
  scope: HeartbeatScope,
  worker: Pick<Beat, 'worker' | 'offer' | 'profile' | 'load'>,
): Promise<Recovery> {
  const { redis, keys } = scope
  const request = { ...worker, ttlMs: WORKER_TTL_MS, gapMs: LONGEST_GAP_MS, graceMs: GRACE_MS }
  const { dead } = await beatScript.run(redis, { ...keys.workers }, request)
  return { workers: dead, jobs: dead.length === 0 ? 0 : await releaseJobs(scope, dead) }
}
