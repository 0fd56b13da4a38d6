import { holderOf, readHeldJobs, releaseHeldJobs } from '../bullmq/held-jobs.ts'
import { DETECTION_QUEUE, MAINTENANCE_QUEUE } from '../bullmq/queue-names.ts'
import type { RedisConnection } from '../connect-redis.ts'
import type { Keys } from '../keys.ts'
import type { HeldJob } from '../scripts/release-jobs.ts'
import { listQueueNames } from '../settings/queue-settings.ts'

/** What these functions use of an engine. The thread of the heartbeat has no more than this. */
export interface HeartbeatScope {
  readonly redis: RedisConnection
  readonly keys: Keys
}

/** Returns the jobs that dead workers hold, in all BullMQ queues, to their queues. Returns their number. */
export async function releaseJobs(scope: HeartbeatScope, workers: readonly string[]): Promise<number> {
  return await releaseFromAll(scope, async (held) => held.filter((each) => workers.includes(holderOf(each))))
}

/**
 * Returns the jobs of workers that are not alive to their queues. This finds what a worker that learned of a death could
 * not release before it died itself.
 */
export async function releaseOrphanedJobs(scope: HeartbeatScope): Promise<number> {
  return await releaseFromAll(scope, async (held) => {
    const alive = await findAlive(scope, held)
    return held.filter((each) => !alive.has(holderOf(each)))
  })
}

async function releaseFromAll(scope: HeartbeatScope, choose: (held: HeldJob[]) => Promise<HeldJob[]>): Promise<number> {
  const released = (await jobBases(scope)).map(async (base) => {
    const held = await readHeldJobs(scope.redis, base)
    return held.length === 0 ? 0 : await releaseHeldJobs(scope.redis, base, await choose(held))
  })
  return (await Promise.all(released)).reduce((total, count) => total + count, 0)
}

/** Which holders are alive. Read after their locks: a worker beats before it takes its first job. */
async function findAlive({ redis, keys }: HeartbeatScope, held: readonly HeldJob[]): Promise<Set<string>> {
  const holders = [...new Set(held.map(holderOf))]
  const scores = await redis.zmscore(keys.workers.alive, ...holders)
  return new Set(holders.filter((_holder, i) => scores[i] !== null))
}

/** The keys of the jobs of all BullMQ queues, without the ids. */
async function jobBases(scope: HeartbeatScope): Promise<string[]> {
  const { keys } = scope
  const queues = await listQueueNames(scope)
  return [
    ...queues.map((queue) => `${keys.tickets(queue)}:${queue}:`),
    `${keys.maintenance}:${MAINTENANCE_QUEUE}:`,
    `${keys.maintenance}:${DETECTION_QUEUE}:`,
  ]
}
