import { writeTicketSettings } from '../bullmq/ticket-settings.ts'
import type { Engine } from '../engine.ts'
import { findQueue } from '../settings/queue-settings.ts'
import { removeTickets } from '../ticket/remove-tickets.ts'

/**
 * Hands the stored settings of a queue to BullMQ. Several processes may do so at once, with settings that they have read
 * at different times. Each therefore looks again afterwards, and repeats until it has applied what is stored. If it dies
 * before, the reconciler does so. A queue that does not exist, or no longer exists, is left without keys. Safe to
 * repeat.
 */
export async function applyQueueSettings(engine: Engine, name: string): Promise<void> {
  let applied: number | undefined
  for (;;) {
    const queue = await findQueue(engine, name)
    if (queue?.version === applied) return
    // What it applied before the deletion is left over.
    if (!queue) return void (await removeTickets(engine, name))
    await writeTicketSettings(engine.redis, engine.ticketQueues.open(name), queue.settings)
    applied = queue.version
  }
}

/**
 * Removes what BullMQ has of a deleted queue. If the queue is created again meanwhile, it gets its settings again, and the
 * reconciler issues the tickets of its batches again.
 */
export async function removeQueue(engine: Engine, name: string): Promise<void> {
  if (!(await removeTickets(engine, name))) await applyQueueSettings(engine, name)
}
