import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** The tickets an active batch should have in its queue. */
export interface TicketPlan {
  /** Tickets 0 to `count - 1` are wanted. */
  count: number
  epoch: number
  queue: string
  priority: number
  /** Tickets that sleep though there is work. */
  sleeping: number[]
}

export const planTicketsScript = defineScript('plan-tickets', { keys: ['meta', 'waits'], args: [] })

/** Says which tickets a batch should have; undefined when it has nothing to run. */
export async function planTickets(redis: RedisConnection, keys: BatchKeys): Promise<TicketPlan | undefined> {
  const reply = await planTicketsScript.run(redis, keys, {})
  const [outcome, count, epoch, queue, priority, ...sleeping] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'none') return undefined
  if (outcome !== 'issue') throw new UnexpectedReplyError(planTicketsScript.name, reply)
  return {
    count: Number(count),
    epoch: Number(epoch),
    queue: String(queue),
    priority: Number(priority),
    sleeping: sleeping.map(Number),
  }
}
