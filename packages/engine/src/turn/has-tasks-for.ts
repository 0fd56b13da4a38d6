import type { Engine } from '../engine.ts'

/**
 * Whether a turn of a ticket could lease tasks, now or later: its batch is active and has tasks that wait, and it has not fewer
 * tickets. Costs Redis less than a turn, and tells nothing about what other tickets are about to lease.
 */
export async function hasTasksFor({ redis, keys }: Engine, batchId: string, ticket: number): Promise<boolean> {
  const [state, pending, delayed, tickets] = await redis.hmget(
    keys.batch(batchId).meta,
    'state',
    'pending',
    'delayed',
    'tickets',
  )
  return state === 'active' && Number(pending) + Number(delayed) > 0 && ticket < Number(tickets)
}
