import { removeTicketKeys } from '../bullmq/ticket-settings.ts'
import type { Engine } from '../engine.ts'
import { findQueue } from '../settings/queue-settings.ts'

/**
 * Removes the tickets of a deleted queue, and all other keys that BullMQ has of it. Returns false if the queue exists
 * afterwards: then it may have lost tickets and settings that it got meanwhile.
 */
export async function removeTickets(engine: Engine, queue: string): Promise<boolean> {
  const isDeleted = async () => (await findQueue(engine, queue)) === undefined
  await removeTicketKeys(engine.ticketQueues.open(queue), isDeleted)
  if (!(await isDeleted())) return false
  engine.ticketQueues.forget(queue)
  return true
}
