import type { Engine } from '../engine.ts'
import { QueueNotFoundError } from '../errors.ts'
import { findQueueSettings, listQueueNames } from '../settings/queue-settings.ts'
import type { Queue } from '../model/queue.ts'
import { activeBatchesOf } from './active-batches.ts'

/** The queue's tickets: running (`active`), ready (`waiting`), and waiting for a time (`delayed`). */
export interface TicketCounts {
  active: number
  waiting: number
  delayed: number
}

/** Reads a queue's settings and counts its batches and tickets. Throws `QueueNotFoundError`. */
export async function readQueue(engine: Engine, name: string): Promise<Queue> {
  const settings = await findQueueSettings(engine, name)
  if (!settings) throw new QueueNotFoundError(name)
  const batches = await activeBatchesOf(engine, name)
  return { name, ...settings, activeBatches: batches.length, tickets: await readTicketCounts(engine, name) }
}

/** Reads all queues, in alphabetical order. */
export async function listQueues(engine: Engine): Promise<Queue[]> {
  return await Promise.all((await listQueueNames(engine)).map((name) => readQueue(engine, name)))
}

/** Counts the tickets of a queue. */
export async function readTicketCounts(engine: Engine, name: string): Promise<TicketCounts> {
  const counts = await engine.ticketQueues.open(name).getJobCounts('active', 'wait', 'prioritized', 'delayed')
  const count = (state: string) => counts[state] ?? 0
  return {
    active: count('active'),
    waiting: count('wait') + count('prioritized'),
    delayed: count('delayed'),
  }
}
