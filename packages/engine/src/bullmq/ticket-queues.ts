import { Queue as BullQueue } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import type { Keys } from '../keys.ts'

/** What a ticket carries; its id says the rest. */
export interface TicketData {
  /** Tickets added later have a greater one: the first half of their run ids. */
  epoch: number
}

export type TicketQueue = BullQueue<TicketData, unknown, 'ticket'>

/** One BullMQ queue for each Sluice queue, opened when it is first used. */
export interface TicketQueues {
  open(name: string): TicketQueue
  close(): Promise<void>
}

/** BullMQ logs each move of a job to a stream that nobody here reads. */
const EVENTS_KEPT = 10

export function createTicketQueues(redis: RedisConnection, keys: Keys): TicketQueues {
  const queues = new Map<string, TicketQueue>()

  function openQueue(name: string): TicketQueue {
    const queue: TicketQueue = new BullQueue(name, {
      connection: redis,
      prefix: keys.tickets(name),
      streams: { events: { maxLen: EVENTS_KEPT } },
    })
    // Without a listener a lost connection would end the process; the commands that fail say so themselves.
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
