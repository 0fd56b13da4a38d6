import { mergeCriteria } from '../model/criteria.ts'
import { completeRetry } from '../model/retry-policy.ts'
import { ticketLimit } from '../batch/ticket-limit.ts'
import type { Engine } from '../engine.ts'
import { checkLimitExists } from '../settings/limit-settings.ts'
import { sendSignal } from '../signals.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { activeBatchesOf } from './active-batches.ts'
import {
  DEFAULT_QUEUE,
  DEFAULT_QUEUE_SETTINGS,
  type Queue,
  type QueueSettings,
  type QueueUpdate,
} from '../model/queue.ts'
import { readQueue } from './read-queue.ts'

/**
 * Creates a queue or replaces its settings; what the update leaves out gets its default. Batches that exist keep the
 * retry policy and time limit they were created with; concurrency, limit, http settings and `paused` apply to them at
 * once. Throws `UnknownLimitError`.
 */
export async function putQueue(
  engine: Engine,
  name: string,
  update: QueueUpdate,
): Promise<{ queue: Queue; isNew: boolean }> {
  const { redis, keys } = engine
  const settings = fillIn(update)
  await checkLimitExists(engine, settings.limit)
  const before = await redis.hget(keys.queueConfig(name), 'settings')
  await redis.hset(keys.queueConfig(name), 'settings', JSON.stringify(settings))
  await redis.sadd(keys.queues, name)
  await keepLimit(engine, name, settings.limit, before)
  const isNew = before === null && name !== DEFAULT_QUEUE
  await applyQueueSettings(engine, name, settings)
  await sendSignal(engine, { kind: 'queue', queue: name })
  return { queue: await readQueue(engine, name), isNew }
}

/** Whoever deletes a limit looks for queues that name it. Had it gone before this one did, what it named is taken back. */
async function keepLimit(engine: Engine, queue: string, limit: string | null, before: string | null): Promise<void> {
  try {
    await checkLimitExists(engine, limit)
  } catch (error) {
    await takeBack(engine, queue, before)
    throw error
  }
}

async function takeBack({ redis, keys }: Engine, queue: string, before: string | null): Promise<void> {
  const config = keys.queueConfig(queue)
  if (before !== null) return void (await redis.hset(config, 'settings', before))
  // A queue is named only while it has settings.
  await redis.srem(keys.queues, queue)
  await redis.del(config)
}

/** Tells BullMQ, and the queue's batches, what its settings are. Safe to repeat. */
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
  const limit = ticketLimit(Number(concurrency), queueConcurrency)
  if (limit === Number(tickets)) return
  await engine.redis.hset(meta, 'tickets', limit)
  // Fewer: tickets retire at their next turn. More: they are issued now.
  await issueTickets(engine, batchId)
}

function fillIn({ retry, interruptionCriteria, ...update }: QueueUpdate): QueueSettings {
  return {
    ...DEFAULT_QUEUE_SETTINGS,
    ...update,
    retry: completeRetry(DEFAULT_QUEUE_SETTINGS.retry, retry),
    interruptionCriteria: mergeCriteria({}, interruptionCriteria ?? {}),
  }
}
