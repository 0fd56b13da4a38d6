import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** The tickets an active batch should have in its queue. */
export interface TicketPlan {
  /** Tasks that wait for a ticket. */
  openTasks: number
  /** So many tickets the batch may have. */
  limit: number
  epoch: number
  queue: string
  priority: number
  /** Tickets that sleep though there is work. */
  sleeping: number[]
  /** Tickets that hold tasks. They are busy, and wanted whatever else is: only their next run can take these over. */
  holding: number[]
}

export const planTicketsScript = defineScript('plan-tickets', { keys: ['meta', 'waits', 'leases'], args: [] })

/** Says which tickets a batch should have; undefined when it has nothing to run. */
export async function planTickets(redis: RedisConnection, keys: BatchKeys): Promise<TicketPlan | undefined> {
  const reply = await planTicketsScript.run(redis, keys, {})
  const [outcome, openTasks, limit, epoch, queue, priority, sleeping, holding] = Array.isArray(reply)
    ? (reply as unknown[])
    : []
  if (outcome === 'none') return undefined
  if (outcome !== 'issue') throw new UnexpectedReplyError(planTicketsScript.name, reply)
  return {
    openTasks: Number(openTasks),
    limit: Number(limit),
    epoch: Number(epoch),
    queue: String(queue),
    priority: Number(priority),
    sleeping: (sleeping as unknown[]).map(Number),
    holding: (holding as unknown[]).map(Number),
  }
}
