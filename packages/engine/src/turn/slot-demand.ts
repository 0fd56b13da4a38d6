import type { Engine } from '../engine.ts'
import { decodeTypes, encodeTypes } from '../model/offer.ts'

/** What wants slots of a queue from the tickets that have them. */
export interface SlotDemand {
  isPaused: boolean
  /** Tickets that could run now: waiting ones, and delayed ones whose time has come. */
  waiting: number
  /** The worker that announced its free slots last; null when none has any. */
  idleWorker: IdleWorker | null
}

/** A worker with free slots of a queue. */
export interface IdleWorker {
  /** Tickets of the queue that it runs. */
  runs: number
  /** The types that it handles. */
  types: readonly string[]
}

/** BullMQ scores a delayed job by its time in ms times this, plus a counter. */
const DELAY_SCALE = 0x1000

/** A worker with free slots repeats its announcement more often than this. */
const IDLE_KEPT_MS = 5000

/** Reads what wants slots of a queue. */
export async function readSlotDemand({ redis, keys, ticketQueues }: Engine, queue: string): Promise<SlotDemand> {
  const tickets = ticketQueues.open(queue)
  const dueScore = (Date.now() + 1) * DELAY_SCALE
  const [paused, wait, prioritized, due, idle] = await Promise.all([
    redis.hexists(tickets.toKey('meta'), 'paused'),
    redis.llen(tickets.toKey('wait')),
    redis.zcard(tickets.toKey('prioritized')),
    // A ticket that is delayed into the future wants no slot yet.
    redis.zcount(tickets.toKey('delayed'), '-inf', dueScore),
    redis.get(keys.idleWorker(queue)),
  ])
  return {
    isPaused: paused === 1,
    waiting: wait + prioritized + due,
    idleWorker: idle === null ? null : decodeIdleWorker(idle),
  }
}

/** The number of tickets is in the first line, and each type in one of the others. */
function decodeIdleWorker(text: string): IdleWorker {
  const [runs, ...types] = decodeTypes(text)
  return { runs: Number(runs), types }
}

/**
 * Announces that a worker has free slots of a queue, so that busier workers hand over some of the tickets that it can run. Does nothing when no other worker runs any, or while tickets wait: the worker is about to take those.
 */
export async function announceIdleWorker(
  { redis, keys, ticketQueues }: Engine,
  queue: string,
  { runs, types }: IdleWorker,
): Promise<void> {
  const tickets = ticketQueues.open(queue)
  const [active, wait, prioritized] = await Promise.all([
    redis.llen(tickets.toKey('active')),
    redis.llen(tickets.toKey('wait')),
    redis.zcard(tickets.toKey('prioritized')),
  ])
  if (active <= runs || wait + prioritized > 0) return
  await redis.set(keys.idleWorker(queue), encodeTypes([String(runs), ...types]), 'PX', IDLE_KEPT_MS)
}
