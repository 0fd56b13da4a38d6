import type { Engine } from '../engine.ts'
import type { Turn } from '../scripts/take-turns.ts'

/**
 * Says that the tasks of a turn with the intent `reserve` start: if the worker dies from now on, they have spent an
 * attempt. A mark that is lost with the connection, or that the
 * mark of a worker replaces that was frozen and has lost the ticket, leaves them an attempt too many.
 */
export async function markStarted(
  { redis, keys }: Engine,
  batchId: string,
  { ticket, run, turn }: Pick<Turn, 'ticket' | 'run' | 'turn'>,
): Promise<void> {
  await redis.hset(keys.batch(batchId).leases, `${ticket}:started`, `${run} ${turn}`)
}
