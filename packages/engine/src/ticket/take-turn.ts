import { fileBatch } from '../batch/file-batch.ts'
import type { Engine } from '../engine.ts'
import { takeTurnOnce, type Turn, type TurnReply } from '../scripts/take-turn.ts'

/** Takes a ticket's turn, and files the batch when it turns out to be over. */
export async function takeTurn(engine: Engine, batchId: string, turn: Turn): Promise<TurnReply> {
  const reply = await takeTurnOnce(engine.redis, engine.keys.batch(batchId), turn)
  if (reply.outcome === 'stopped' && reply.state !== 'deleted') await fileBatch(engine, batchId, reply.state)
  return reply
}
