import type { Engine } from '../engine.ts'
import { QueueNotFoundError } from '../errors.ts'
import { findQueueSettings, listQueueNames } from '../settings/queue-settings.ts'
import type { Queue } from '../model/queue.ts'
import { activeBatchesOf } from './active-batches.ts'

export interface TicketCounts {
  active: number
  waiting: number
  delayed: number
}

/** A queue with what is going on in it. Throws `QueueNotFoundError`. */
export async function readQueue(engine: Engine, name: string): Promise<Queue> {
  const settings = await findQueueSettings(engine, name)
  if (!settings) throw new QueueNotFoundError(name)
  const batches = await activeBatchesOf(engine, name)
  return { name, ...settings, activeBatches: batches.length, tickets: await readTicketCounts(engine, name) }
}

export async function listQueues(engine: Engine): Promise<Queue[]> {
  return await Promise.all((await listQueueNames(engine)).map((name) => readQueue(engine, name)))
}

/** Tickets being run, ready to be run, and waiting for a time. */
export async function readTicketCounts(engine: Engine, name: string): Promise<TicketCounts> {
  const counts = await engine.ticketQueues.open(name).getJobCounts('active', 'wait', 'prioritized', 'delayed')
  const count = (state: string) => counts[state] ?? 0
  return {
    active: count('active'),
    waiting: count('wait') + count('prioritized'),
    delayed: count('delayed'),
  }
}
