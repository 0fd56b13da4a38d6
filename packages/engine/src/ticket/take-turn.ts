import { fileBatch } from '../batch/file-batch.ts'
import type { Engine } from '../engine.ts'
import { takeTurnOnce, type Turn, type TurnReply } from '../scripts/take-turn.ts'
import { scheduleDeadline } from '../upkeep/deadlines.ts'

/** Takes a ticket's turn, and does what follows from it outside the batch's own keys. Safe to repeat. */
export async function takeTurn(engine: Engine, batchId: string, turn: Turn): Promise<TurnReply> {
  const reply = await takeTurnOnce(engine.redis, engine.keys.batch(batchId), engine.keys.signals, turn)
  if (reply.outcome === 'stopped' && reply.state !== 'deleted') await fileBatch(engine, batchId, reply.state)
  if (reply.outcome === 'run' && reply.deadlineMs > 0) await scheduleDeadline(engine, batchId, reply.deadlineMs)
  return reply
}
