import { indexBatch } from '../batch/index-batch.ts'
import { reportTransition } from '../batch/report-transition.ts'
import { scheduleDeadline } from '../batch/schedule-deadline.ts'
import type { Engine } from '../engine.ts'
import {
  takeTurnsScript,
  type PaceChange,
  type Turn,
  type TurnReply,
  type TurnsRequest,
} from '../scripts/take-turns.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'

/** Turns of tickets of a batch, and the types that their worker handles. */
export type TurnCall = Pick<TurnsRequest, 'turns' | 'types'>

/** What a call of several turns leads to. */
export interface TakenTurns {
  /** A reply for each turn, in order. */
  replies: TurnReply[]
  /** Set if the upstream has begun to refuse calls, or accepts them again. */
  paceChange?: PaceChange | undefined
}

/**
 * Takes turns of tickets of a batch in one call, and does what follows from them outside the batch's own keys. Safe to
 * repeat; only the first reply has a change of the pace.
 */
export async function takeTurns(engine: Engine, batchId: string, { turns, types }: TurnCall): Promise<TakenTurns> {
  const { redis, keys } = engine
  const reply = await takeTurnsScript.run(redis, keys.batch(batchId), { turns, types, signals: keys.signals })
  if (reply.kind === 'missing') return { replies: turns.map(() => ({ kind: 'missing' })) }
  reportTransition(engine, batchId, reply.transition)
  await followUp(engine, batchId, turns, reply.replies)
  return reply
}

async function followUp(
  engine: Engine,
  batchId: string,
  turns: readonly Turn[],
  replies: readonly TurnReply[],
): Promise<void> {
  if (replies.some((reply) => reply.kind === 'inactive')) await indexBatch(engine, batchId)
  for (const reply of replies) {
    if (reply.kind === 'run' && reply.deadlineMs > 0) await scheduleDeadline(engine, batchId, reply.deadlineMs)
  }
  // What a slow task held is for the batch's other tickets, which may have retired for want of tasks, or sleep.
  const hasReleased = turns.some(({ intent }, i) => intent === 'keep_running' && replies[i]?.kind === 'run')
  if (hasReleased) await issueTickets(engine, batchId)
}
