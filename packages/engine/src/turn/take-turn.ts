import { fileBatch } from '../batch/index-batch.ts'
import type { Engine } from '../engine.ts'
import { takeTurnOnce, type Turn, type TurnReply } from '../scripts/take-turn.ts'
import { scheduleDeadline } from '../batch/schedule-deadline.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'

/** Takes a ticket's turn, and does what follows from it outside the batch's own keys. Safe to repeat. */
export async function takeTurn(engine: Engine, batchId: string, turn: Turn): Promise<TurnReply> {
  const reply = await takeTurnOnce(engine.redis, engine.keys.batch(batchId), engine.keys.signals, turn)
  // Whoever cancels a batch files it, when all its tasks are cancelled. Should that process die on the way, the
  // reconciler finds the batch where it was and goes on.
  if (reply.outcome === 'stopped' && reply.state !== 'deleted' && reply.state !== 'cancelled') {
    await fileBatch(engine, batchId, reply.state)
  }
  if (reply.outcome === 'run' && reply.deadlineMs > 0) await scheduleDeadline(engine, batchId, reply.deadlineMs)
  // What a slow task held is for the batch's other tickets, and these may have retired for want of tasks, or sleep.
  if (reply.outcome === 'run' && turn.intent === 'hold') await issueTickets(engine, batchId)
  return reply
}
