import type { Engine } from '../engine.ts'
import type { QueueSettings } from '../model/queue.ts'
import { issueTickets, maxTickets } from '../ticket/issue-tickets.ts'
import { activeBatchesOf } from './active-batches.ts'

/** Applies the settings of a queue to BullMQ and to the queue's batches. Safe to repeat. */
export async function applyQueueSettings(engine: Engine, name: string, settings: QueueSettings): Promise<void> {
  const queue = engine.ticketQueues.open(name)
  await queue.setGlobalConcurrency(settings.concurrency)
  if (settings.paused !== (await queue.isPaused())) await (settings.paused ? queue.pause() : queue.resume())
  for (const id of await activeBatchesOf(engine, name)) await applyConcurrency(engine, id, settings.concurrency)
}

async function applyConcurrency(engine: Engine, batchId: string, queueConcurrency: number): Promise<void> {
  const { meta } = engine.keys.batch(batchId)
  const [concurrency, tickets] = await engine.redis.hmget(meta, 'concurrency', 'tickets')
  if (!tickets) return
  const allowed = maxTickets(Number(concurrency), queueConcurrency)
  if (allowed === Number(tickets)) return
  await engine.redis.hset(meta, 'tickets', allowed)
  // Surplus tickets retire at their next turn; additional ones are issued now.
  await issueTickets(engine, batchId)
}
