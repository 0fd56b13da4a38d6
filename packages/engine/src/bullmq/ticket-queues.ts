import { Queue as BullQueue } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import type { Keys } from '../keys.ts'

/** The data of a ticket's job. The job id names the batch and the ticket. */
export interface TicketData {
  /** The first part of the ticket's run ids. Tickets added later have a greater epoch. */
  epoch: number
}

/** BullMQ's queue of the tickets of one Sluice queue. */
export type TicketQueue = BullQueue<TicketData, unknown, 'ticket'>

/** One BullMQ queue for each Sluice queue. Each is opened on first use. */
export interface TicketQueues {
  open(name: string): TicketQueue
  close(): Promise<void>
}

/** BullMQ adds each move of a job to a stream. Sluice does not read it, so the stream is kept short. */
const EVENTS_KEPT = 10

/** Creates the ticket queues. Each is opened on first use. */
export function createTicketQueues(redis: RedisConnection, keys: Keys): TicketQueues {
  const queues = new Map<string, TicketQueue>()

  function openQueue(name: string): TicketQueue {
    const queue: TicketQueue = new BullQueue(name, {
      connection: redis,
      prefix: keys.tickets(name),
      streams: { events: { maxLen: EVENTS_KEPT } },
    })
    // Without a listener BullMQ prints every connection error. Failed commands report the error to their callers.
    queue.on('error', () => {})
    queues.set(name, queue)
    return queue
  }

  return {
    open: (name) => queues.get(name) ?? openQueue(name),
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      queues.clear()
    },
  }
}
