import type { Engine } from '../engine.ts'
import { range } from '../range.ts'
import { planTicketsScript, type TicketPlan } from '../scripts/plan-tickets.ts'
import { ticketId } from '../bullmq/ticket-id.ts'
import type { TicketQueue } from '../bullmq/ticket-queues.ts'

/** BullMQ's own retries do not apply: a ticket is moved on by its run, and comes back by itself after a crash. */
const TICKET_ATTEMPTS = 1_000_000

/** A ticket whose run broke off with an error comes back only after a while, or it might do nothing else. */
const BROKEN_RUN_REST_MS = 1000

/** Tickets a batch may have: its own concurrency, or the queue's where that is less or the batch names none (0). */
export function maxTickets(batchConcurrency: number, queueConcurrency: number): number {
  return batchConcurrency === 0 ? queueConcurrency : Math.min(batchConcurrency, queueConcurrency)
}

/**
 * Gives an active batch the tickets it should have, and wakes those that sleep though there is work. Tickets that
 * exist are left alone. Returns how many were added.
 */
export async function issueTickets(engine: Engine, batchId: string): Promise<number> {
  const plan = await planTicketsScript.run(engine.redis, engine.keys.batch(batchId), {})
  if (plan.kind === 'nothing') return 0
  const queue = engine.ticketQueues.open(plan.queue)
  const missing = await findMissing(engine, queue, batchId, wantedTickets(plan))
  await addTickets(queue, batchId, missing, plan)
  await wakeAll(queue, batchId, plan)
  return missing.length
}

/** Wakes the tickets of a batch that sleep though there is work. */
export async function wakeTickets(engine: Engine, batchId: string): Promise<void> {
  const plan = await planTicketsScript.run(engine.redis, engine.keys.batch(batchId), {})
  if (plan.kind === 'issue') await wakeAll(engine.ticketQueues.open(plan.queue), batchId, plan)
}

/** Those that hold tasks, and for each task that waits another one, as far as there may be. */
function wantedTickets({ openTasks, maxTickets, holding }: TicketPlan): number[] {
  const busy = new Set(holding)
  const others = range(maxTickets).filter((ticket) => !busy.has(ticket))
  const free = Math.max(0, maxTickets - holding.length)
  return [...holding, ...others.slice(0, Math.min(openTasks, free))]
}

/** Asking first is an order of magnitude cheaper for Redis than adding what is there already. */
async function findMissing(
  engine: Engine,
  queue: TicketQueue,
  batchId: string,
  tickets: readonly number[],
): Promise<number[]> {
  const found = await Promise.all(tickets.map((ticket) => engine.redis.exists(queue.toKey(ticketId(batchId, ticket)))))
  return tickets.filter((_ticket, i) => !found[i])
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
        backoff: BROKEN_RUN_REST_MS,
        // A finished or failed job that stayed would block its own id.
        removeOnComplete: true,
        removeOnFail: true,
      },
    })),
  )
}

async function wakeAll(queue: TicketQueue, batchId: string, { sleeping }: TicketPlan): Promise<void> {
  await Promise.all(sleeping.map((ticket) => wake(queue, ticketId(batchId, ticket))))
}

async function wake(queue: TicketQueue, id: string): Promise<void> {
  const job = await queue.getJob(id)
  // It may have woken by itself in between, and then is not delayed any more.
  await job?.promote().catch(() => {})
}
