import type { Engine } from '../engine.ts'

/**
 * Whether a turn of a ticket could lease tasks, now or later: its batch is active, tasks of it wait, and the number of the ticket
 * is one of those that the batch has. Costs Redis less than a turn.
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
