import { indexBatch } from '../batch/index-batch.ts'
import type { Engine } from '../engine.ts'
import { takeTurnScript, type Turn, type TurnReply } from '../scripts/take-turn.ts'
import { scheduleDeadline } from '../batch/schedule-deadline.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'

/** Takes a ticket's turn, and does what follows from it outside the batch's own keys. Safe to repeat. */
export async function takeTurn(engine: Engine, batchId: string, turn: Turn): Promise<TurnReply> {
  const reply = await takeTurnScript.run(engine.redis, engine.keys.batch(batchId), {
    ...turn,
    signals: engine.keys.signals,
  })
  // Whoever cancels a batch files it, when all its tasks are cancelled. Should that process die on the way, the
  // reconciler finds the batch where it was and goes on.
  if (reply.kind === 'inactive' && reply.state !== 'cancelled') {
    await indexBatch(engine, batchId, reply.state)
  }
  if (reply.kind === 'run' && reply.deadlineMs > 0) await scheduleDeadline(engine, batchId, reply.deadlineMs)
  // What a slow task held is for the batch's other tickets, and these may have retired for want of tasks, or sleep.
  if (reply.kind === 'run' && turn.intent === 'keep_running') await issueTickets(engine, batchId)
  return reply
}
