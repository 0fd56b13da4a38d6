import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisConnection } from '../connect-redis.ts'
import type { TicketQueue } from './ticket-queues.ts'

/** What BullMQ holds of the settings of a queue. */
export interface TicketSettings {
  /** Maximum number of tickets that run at once. Undefined: any number. */
  concurrency: number | undefined
  paused: boolean
}

/** BullMQ adds each move of a job to a stream. Sluice does not read it, so the stream is kept short. */
const EVENTS_KEPT = 10

/** Reads what BullMQ holds of the settings of a queue. */
export async function readTicketSettings(redis: RedisConnection, queue: TicketQueue): Promise<TicketSettings> {
  const [concurrency, paused] = await redis.hmget(queue.toKey('meta'), 'concurrency', 'paused')
  return { concurrency: concurrency == null ? undefined : Number(concurrency), paused: paused != null }
}

/** Hands settings to BullMQ. */
export async function writeTicketSettings(
  redis: RedisConnection,
  queue: TicketQueue,
  { concurrency, paused }: { concurrency: number; paused: boolean },
): Promise<void> {
  await redis.hset(queue.toKey('meta'), { concurrency, 'opts.maxLenEvents': EVENTS_KEPT })
  if (paused !== (await queue.isPaused())) await (paused ? queue.pause() : queue.resume())
}

/** The keys that a queue without tickets may have. */
const KEYS_OF_A_QUEUE = ['meta', 'events', 'id', 'pc', 'wait', 'active', 'prioritized', 'delayed']

/** Returns whether BullMQ has any key of a queue. */
export async function hasTicketKeys(redis: RedisConnection, queue: TicketQueue): Promise<boolean> {
  return (await redis.exists(...KEYS_OF_A_QUEUE.map((key) => queue.toKey(key)))) > 0
}

/** How long a process that reads the settings of a deleted queue may take until it notices, in ms. */
const RESUME_REST_MS = 20

/**
 * Deletes all of BullMQ's keys of a queue, while `isWanted` returns true. BullMQ pauses a queue before it deletes it. A
 * process that applies settings which it has read before the deletion may resume the queue in between, and then looks
 * again; this function repeats its attempt meanwhile.
 */
export async function removeTicketKeys(queue: TicketQueue, isWanted: () => Promise<boolean>): Promise<void> {
  while (await isWanted()) {
    try {
      return await queue.obliterate({ force: true })
    } catch (error) {
      if (!isNotPaused(error)) throw error
      await sleep(RESUME_REST_MS)
    }
  }
}

/** BullMQ has no class and no code for this error. */
function isNotPaused(error: unknown): boolean {
  return error instanceof Error && error.message === 'Cannot obliterate non-paused queue'
}
