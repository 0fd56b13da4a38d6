import type { Queue } from 'bullmq'
import { queueKeysOf, type QueueKeys } from '../../src/bullmq/queue-keys.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'

/** BullMQ's queue of the default queue. */
export function queueOf(engine: Engine): Queue {
  return engine.ticketQueues.open('default')
}

export function keysOf(engine: Engine): QueueKeys {
  return queueKeysOf(queueOf(engine).toKey(''))
}

/** Returns so many ids of jobs. BullMQ accepts no plain numbers. */
export function jobIds(count: number): string[] {
  return range(count).map((i) => `j${i}`)
}

/** Adds jobs with these ids to the default queue. */
export async function addJobs(engine: Engine, ids: readonly string[], priority = 1): Promise<void> {
  const opts = { priority, attempts: 10, removeOnComplete: true, removeOnFail: true }
  await queueOf(engine).addBulk(ids.map((jobId) => ({ name: 'ticket', data: { epoch: 1 }, opts: { ...opts, jobId } })))
}
