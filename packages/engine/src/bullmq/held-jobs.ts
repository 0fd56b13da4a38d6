import type { RedisConnection } from '../connect-redis.ts'
import { releaseJobsScript, type HeldJob } from '../scripts/release-jobs.ts'
import { queueKeysOf } from './queue-keys.ts'

/** Jobs in one call. Removing each from the list of active jobs takes time in proportion to that list. */
const JOBS_AT_ONCE = 100

/** Reads which jobs of a BullMQ queue are active, with their locks. `base` is the key of a job without its id. */
export async function readHeldJobs(redis: RedisConnection, base: string): Promise<HeldJob[]> {
  const jobs = await redis.lrange(queueKeysOf(base).active, 0, -1)
  if (jobs.length === 0) return []
  const locks = await redis.mget(jobs.map((job) => `${base}${job}:lock`))
  return jobs.map((job, i) => ({ job, lock: locks[i] ?? '' }))
}

/** The worker that a lock names; empty if there is no lock. */
export function holderOf({ lock }: HeldJob): string {
  return lock.slice(0, lock.lastIndexOf(':'))
}

/**
 * Tells each hold of a job from all others. A ticket that has returned to its queue may be taken again before its run has
 * ended, even by the same worker, so its id alone does not. Neither does the lock: BullMQ gives the same one to the next
 * job of a slot.
 */
export function holdOf({ job, lock }: HeldJob): string {
  return `${lock} ${job}`
}

/** Returns jobs to their queue: their next runs take over the tasks. Returns how many still had their locks. */
export async function releaseHeldJobs(redis: RedisConnection, base: string, jobs: readonly HeldJob[]): Promise<number> {
  const keys = queueKeysOf(base)
  let released = 0
  for (let first = 0; first < jobs.length; first += JOBS_AT_ONCE) {
    const some = jobs.slice(first, first + JOBS_AT_ONCE)
    released += (await releaseJobsScript.run(redis, keys, { jobBase: base, jobs: some })).count
  }
  return released
}
