import { mergeCriteria } from '../model/criteria.ts'
import { completeRetry } from '../model/retry-policy.ts'
import type { Engine } from '../engine.ts'
import { checkLimitExists } from '../settings/limit-settings.ts'
import { sendSignal } from '../signals.ts'
import { applyQueueSettings } from './apply-queue-settings.ts'
import {
  DEFAULT_QUEUE,
  DEFAULT_QUEUE_SETTINGS,
  type Queue,
  type QueueSettings,
  type QueueUpdate,
} from '../model/queue.ts'
import { readQueue } from './read-queue.ts'

/**
 * Creates a queue or replaces its settings. Omitted settings get their default. Existing batches keep the retry policy,
 * attempt timeout and criteria they were created with; concurrency, limit, http settings and `paused` apply to them
 * immediately. Throws `LimitUnknownError`.
 */
export async function putQueue(
  engine: Engine,
  name: string,
  update: QueueUpdate,
): Promise<{ queue: Queue; isNew: boolean }> {
  const { redis, keys } = engine
  const settings = fillIn(update)
  await checkLimitExists(engine, settings.limit)
  const before = await redis.hget(keys.queueSettings(name), 'settings')
  await redis.hset(keys.queueSettings(name), 'settings', JSON.stringify(settings))
  await redis.sadd(keys.queues, name)
  await keepLimit(engine, name, settings.limit, before)
  const isNew = before === null && name !== DEFAULT_QUEUE
  await applyQueueSettings(engine, name, settings)
  await sendSignal(engine, { kind: 'queue', queue: name })
  return { queue: await readQueue(engine, name), isNew }
}

/** Restores the former settings if `deleteLimit` removed the limit before it could find the queue that names it. */
async function keepLimit(engine: Engine, queue: string, limit: string | null, before: string | null): Promise<void> {
  try {
    await checkLimitExists(engine, limit)
  } catch (error) {
    await restoreSettings(engine, queue, before)
    throw error
  }
}

async function restoreSettings({ redis, keys }: Engine, queue: string, before: string | null): Promise<void> {
  const key = keys.queueSettings(queue)
  if (before !== null) return void (await redis.hset(key, 'settings', before))
  // A queue is listed only while it has settings.
  await redis.srem(keys.queues, queue)
  await redis.del(key)
}

function fillIn({ retry, interruptionCriteria, ...update }: QueueUpdate): QueueSettings {
  return {
    ...DEFAULT_QUEUE_SETTINGS,
    ...update,
    retry: completeRetry(DEFAULT_QUEUE_SETTINGS.retry, retry),
    interruptionCriteria: mergeCriteria({}, interruptionCriteria ?? {}),
  }
}
