import { Queue as BullQueue } from 'bullmq'
import type { RedisConnection } from '../connect-redis.ts'
import { openAtOnce } from './open-at-once.ts'
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
  /** Frees the memory of a queue that was deleted. It can be opened again. */
  forget(name: string): void
  close(): Promise<void>
}

/** A command of this process on a forgotten queue may still be under way, and fails if the queue is closed, in ms. */
const CLOSED_AFTER_MS = 15_000

/** Creates the ticket queues. Each is opened on first use. */
export function createTicketQueues(redis: RedisConnection, keys: Keys): TicketQueues {
  const queues = new Map<string, TicketQueue>()
  const forgotten = new Map<TicketQueue, NodeJS.Timeout>()

  function openQueue(name: string): TicketQueue {
    const queue: TicketQueue = new BullQueue(name, {
      ...openAtOnce,
      connection: redis,
      prefix: keys.tickets(name),
      // Otherwise each process that opens the queue writes to its `meta`, also after the queue was deleted.
      skipMetasUpdate: true,
    })
    // Without a listener BullMQ prints every connection error. Failed commands report the error to their callers.
    queue.on('error', () => {})
    queues.set(name, queue)
    return queue
  }

  async function closeForgotten(queue: TicketQueue): Promise<void> {
    clearTimeout(forgotten.get(queue))
    forgotten.delete(queue)
    await queue.close()
  }

  return {
    open: (name) => queues.get(name) ?? openQueue(name),
    forget: (name) => {
      const queue = queues.get(name)
      if (!queue) return
      queues.delete(name)
      forgotten.set(queue, setTimeout(() => void closeForgotten(queue).catch(() => {}), CLOSED_AFTER_MS).unref())
    },
    close: async () => {
      await Promise.all([...forgotten.keys()].map(closeForgotten))
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      queues.clear()
    },
  }
}
