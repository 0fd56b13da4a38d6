import type { Engine } from '../engine.ts'
import { markStartedScript } from '../scripts/mark-started.ts'
import type { Turn } from '../scripts/take-turns.ts'

/**
 * Says that the tasks of a turn with the intent `reserve` start: they count as running, and if the worker dies from now on,
 * they have spent an attempt. A mark that is lost with the connection leaves them an attempt too many. A mark of a worker
 * that was frozen and has lost the ticket has no effect.
 */
export async function markStarted(
  { redis, keys }: Engine,
  batchId: string,
  turn: Pick<Turn, 'ticket' | 'run' | 'turn'>,
): Promise<void> {
  await markStartedScript.run(redis, keys.batch(batchId), turn)
}
