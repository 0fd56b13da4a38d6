import { indexBatch } from '../batch/index-batch.ts'
import type { Engine } from '../engine.ts'
import { takeTurnScript, type Turn, type TurnReply } from '../scripts/take-turn.ts'
import { scheduleDeadline } from '../batch/schedule-deadline.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'

/** Takes a ticket's turn, then updates the indexes, deadlines and tickets that depend on it. Safe to repeat. */
export async function takeTurn(engine: Engine, batchId: string, turn: Turn): Promise<TurnReply> {
  const reply = await takeTurnScript.run(engine.redis, engine.keys.batch(batchId), {
    ...turn,
    signals: engine.keys.signals,
  })
  // `cancelBatch` indexes a cancelled batch after it has cancelled all tasks. If its process dies before that, the
  // reconciler finds the batch in the index of its former state and completes the cancellation.
  if (reply.kind === 'inactive' && reply.state !== 'cancelled') {
    await indexBatch(engine, batchId, reply.state)
  }
  if (reply.kind === 'run' && reply.deadlineMs > 0) await scheduleDeadline(engine, batchId, reply.deadlineMs)
  // The released tasks are for the batch's other tickets, which may have retired for lack of tasks, or may sleep.
  if (reply.kind === 'run' && turn.intent === 'keep_running') await issueTickets(engine, batchId)
  return reply
}
