import type { Engine } from '../engine.ts'
import { isOffered } from '../heartbeat/offers.ts'
import { range } from '../range.ts'
import { planTicketsScript, type TicketPlan } from '../scripts/plan-tickets.ts'
import { ticketId } from '../bullmq/ticket-id.ts'
import type { TicketQueue } from '../bullmq/ticket-queues.ts'
import { findQueue } from '../settings/queue-settings.ts'
import { removeTickets } from './remove-tickets.ts'
import { scheduleStart } from './schedule-start.ts'

/** Practically unlimited: a run decides when its ticket retires, and a failed run must not end the ticket. */
const TICKET_ATTEMPTS = 1_000_000

/** The delay before a ticket runs again after its run threw, so that a persistent error causes no busy loop. */
const BROKEN_RUN_REST_MS = 1000

/**
 * Issues the tickets that a batch lacks, and wakes its tickets that wait although there is work. A batch that is not
 * active lacks only lost tickets that hold tasks. Returns the number of tickets issued. Existing tickets keep their
 * priority and epoch. Tickets for tasks that no worker would run are withheld, since workers would only pass them on.
 * Those of a batch whose `startAt` has not come are scheduled for that time.
 */
export async function issueTickets(engine: Engine, batchId: string): Promise<number> {
  const plan = await planTicketsScript.run(engine.redis, engine.keys.batch(batchId), {})
  if (plan.kind === 'nothing') return 0
  if (plan.kind === 'not_yet') {
    await scheduleStart(engine, batchId, plan.startsInMs)
    return 0
  }
  const queue = engine.ticketQueues.open(plan.queue)
  const isWithheld = plan.openTasks > 0 && !(await isOffered(engine, plan.queue, plan.types))
  const wanted = isWithheld ? plan.holding : wantedTickets(plan)
  const missing = await findMissing(engine, queue, batchId, wanted)
  for (const tickets of chunks(missing)) await addTickets(queue, batchId, tickets, plan)
  // The batch may have finished since it was planned, and its queue may have been deleted.
  if (missing.length > 0 && !(await findQueue(engine, plan.queue))) await removeTickets(engine, plan.queue)
  await wakeAll(queue, batchId, plan)
  return missing.length
}

/** BullMQ adds these in one transaction, which blocks Redis for some milliseconds. */
const TICKETS_AT_ONCE = 250

function chunks(tickets: readonly number[]): number[][] {
  const count = Math.ceil(tickets.length / TICKETS_AT_ONCE)
  return range(count).map((i) => tickets.slice(i * TICKETS_AT_ONCE, (i + 1) * TICKETS_AT_ONCE))
}

/** Wakes the tickets of a batch that wait although there is work. */
export async function wakeTickets(engine: Engine, batchId: string): Promise<void> {
  const plan = await planTicketsScript.run(engine.redis, engine.keys.batch(batchId), {})
  if (plan.kind === 'issue') await wakeAll(engine.ticketQueues.open(plan.queue), batchId, plan)
}

/** Returns the tickets that hold tasks, and one more for each open task, up to `maxTickets` in total. */
function wantedTickets({ openTasks, maxTickets: most, holding }: TicketPlan): number[] {
  const busy = new Set(holding)
  const others = range(most).filter((ticket) => !busy.has(ticket))
  const free = Math.max(0, most - holding.length)
  return [...holding, ...others.slice(0, Math.min(openTasks, free))]
}

/** Finds tickets without a job. This costs Redis an order of magnitude less than adding existing jobs again. */
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
  await queue.addBulk(
    tickets.map((ticket) => ({
      name: 'ticket' as const,
      data: { epoch: plan.epoch },
      opts: {
        jobId: ticketId(batchId, ticket),
        priority: plan.priority,
        attempts: TICKET_ATTEMPTS,
        backoff: BROKEN_RUN_REST_MS,
        // A kept job, completed or failed, would block its id.
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
  // The ticket may have woken meanwhile; promoting a job that is no longer delayed throws.
  await job?.promote().catch(() => {})
}
