import type { Engine } from '../engine.ts'

/** What wants slots of a queue from the tickets that have them. */
export interface SlotDemand {
  isPaused: boolean
  /** Tickets that could run now: waiting ones, and delayed ones whose time has come. */
  waiting: number
  /** Tickets that the worker runs that announced its free slots last; null when none has any. */
  idleWorkerRuns: number | null
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
    idleWorkerRuns: idle === null ? null : Number(idle),
  }
}

/**
 * Announces that a worker has free slots while it runs so many tickets of a queue, so that busier workers hand some of
 * theirs over. Does nothing when no other worker runs any, or while tickets wait: the worker is about to take those.
 */
export async function announceIdleWorker(
  { redis, keys, ticketQueues }: Engine,
  queue: string,
  running: number,
): Promise<void> {
  const tickets = ticketQueues.open(queue)
  const [active, wait, prioritized] = await Promise.all([
    redis.llen(tickets.toKey('active')),
    redis.llen(tickets.toKey('wait')),
    redis.zcard(tickets.toKey('prioritized')),
  ])
  if (active > running && wait + prioritized === 0) await redis.set(keys.idleWorker(queue), running, 'PX', IDLE_KEPT_MS)
}
