import type { Engine } from '../engine.ts'
import { range } from '../range.ts'
import { planTickets, type TicketPlan } from '../scripts/plan-tickets.ts'
import { ticketId } from './ticket-id.ts'
import type { TicketQueue } from './ticket-queues.ts'

/** BullMQ's own retries do not apply: a ticket is moved on by its run, and comes back by itself after a crash. */
const TICKET_ATTEMPTS = 1_000_000

/**
 * Gives an active batch the tickets it should have, and wakes those that sleep though there is work. Tickets that
 * exist are left alone. Returns how many were added.
 */
export async function issueTickets(engine: Engine, batchId: string): Promise<number> {
  const plan = await planTickets(engine.redis, engine.keys.batch(batchId))
  if (!plan) return 0
  const queue = engine.ticketQueues.open(plan.queue)
  const missing = await findMissing(engine, queue, batchId, plan.count)
  await addTickets(queue, batchId, missing, plan)
  await Promise.all(plan.sleeping.map((ticket) => wake(queue, ticketId(batchId, ticket))))
  return missing.length
}

/** Asking first is an order of magnitude cheaper for Redis than adding what is there already. */
async function findMissing(engine: Engine, queue: TicketQueue, batchId: string, count: number): Promise<number[]> {
  const found = await Promise.all(
    range(count).map((ticket) => engine.redis.exists(queue.toKey(ticketId(batchId, ticket)))),
  )
  return range(count).filter((ticket) => !found[ticket])
}

async function addTickets(queue: TicketQueue, batchId: string, tickets: number[], plan: TicketPlan): Promise<void> {
  if (tickets.length === 0) return
  await queue.addBulk(
    tickets.map((ticket) => ({
      name: 'ticket' as const,
      data: { epoch: plan.epoch },
      opts: {
        jobId: ticketId(batchId, ticket),
        priority: plan.priority,
        attempts: TICKET_ATTEMPTS,
        // A finished or failed job that stayed would block its own id.
        removeOnComplete: true,
        removeOnFail: true,
      },
    })),
  )
}

async function wake(queue: TicketQueue, id: string): Promise<void> {
  const job = await queue.getJob(id)
  // It may have woken by itself in between, and then is not delayed any more.
  await job?.promote().catch(() => {})
}
