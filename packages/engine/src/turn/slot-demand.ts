import type { Engine } from '../engine.ts'
import { decodeTypes, encodeTypes } from '../model/offer.ts'
import { newId } from '../new-id.ts'

/** What wants slots of a queue from the tickets that have them. */
export interface SlotDemand {
  isPaused: boolean
  /** Tickets that could run now: waiting ones, and delayed ones whose time has come. */
  waiting: number
  /** The worker that announced its free slots last; null when none has any. */
  idleWorker: AnnouncedWorker | null
}

/** A worker with free slots of a queue. */
export interface IdleWorker {
  /** Tickets of the queue that it has taken. */
  runs: number
  /** The types that it handles. */
  types: readonly string[]
}

/** A worker that has announced free slots. */
export interface AnnouncedWorker extends IdleWorker {
  /** Tickets of the queue that it runs now, at most: tickets that were taken since its announcement may all be its own. */
  runs: number
  /** Tells one announcement from the next, which may say the same. */
  announcement: string
}

/** BullMQ scores a delayed job by its time in ms times this, plus a counter. */
const DELAY_SCALE = 0x1000

/** A worker with free slots repeats its announcement more often than this. */
const IDLE_KEPT_MS = 5000

/** Reads what wants slots of a queue. */
export async function readSlotDemand({ redis, keys, ticketQueues }: Engine, queue: string): Promise<SlotDemand> {
  const tickets = ticketQueues.open(queue)
  const dueScore = (Date.now() + 1) * DELAY_SCALE
  const [paused, active, wait, prioritized, due, idle] = await Promise.all([
    redis.hexists(tickets.toKey('meta'), 'paused'),
    redis.llen(tickets.toKey('active')),
    redis.llen(tickets.toKey('wait')),
    redis.zcard(tickets.toKey('prioritized')),
    // A ticket that is delayed into the future wants no slot yet.
    redis.zcount(tickets.toKey('delayed'), '-inf', dueScore),
    redis.get(keys.idleWorker(queue)),
  ])
  return {
    isPaused: paused === 1,
    waiting: wait + prioritized + due,
    idleWorker: idle === null ? null : decodeAnnouncement(idle, active),
  }
}

/**
 * The first lines are the tickets of the worker, the running tickets of the queue, and an id. Each other line is a type.
 * An announcement outlives its truth: without the second line, workers that had just filled all their slots handed all
 * their tickets over to one of them, which had been idle before.
 */
function encodeAnnouncement({ runs, types }: IdleWorker, active: number): string {
  return encodeTypes([String(runs), String(active), newId(), ...types])
}

function decodeAnnouncement(text: string, active: number): AnnouncedWorker {
  const [runs, activeThen, announcement = '', ...types] = decodeTypes(text)
  return { runs: Number(runs) + Math.max(0, active - Number(activeThen)), announcement, types }
}

/**
 * Announces that a worker has free slots of a queue, so that busier workers hand over some of the tickets that it can run. Does nothing when no other worker runs any, or while tickets wait: the worker is about to take those.
 */
export async function announceIdleWorker(
  { redis, keys, ticketQueues }: Engine,
  queue: string,
  worker: IdleWorker,
): Promise<void> {
  const tickets = ticketQueues.open(queue)
  const [active, wait, prioritized] = await Promise.all([
    redis.llen(tickets.toKey('active')),
    redis.llen(tickets.toKey('wait')),
    redis.zcard(tickets.toKey('prioritized')),
  ])
  if (active <= worker.runs || wait + prioritized > 0) return
  await redis.set(keys.idleWorker(queue), encodeAnnouncement(worker, active), 'PX', IDLE_KEPT_MS)
}
