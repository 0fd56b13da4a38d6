import type { Engine } from '../engine.ts'
import { LimitUnknownError, TooManyQueuesError } from '../errors.ts'
import { mergeCriteria } from '../model/criteria.ts'
import {
  DEFAULT_QUEUE,
  DEFAULT_QUEUE_SETTINGS,
  type Queue,
  type QueueSettings,
  type QueueUpdate,
} from '../model/queue.ts'
import { completeRetry } from '../model/retry-policy.ts'
import { putQueueScript } from '../scripts/put-queue.ts'
import { sendSignal } from '../signals.ts'
import { applyQueueSettings } from './apply-queue-settings.ts'
import { showQueue } from './read-queue.ts'
import { scheduleSpread } from './spread-concurrency.ts'

/**
 * Creates a queue or replaces its settings. Omitted settings get their default. Existing batches keep the retry policy,
 * attempt timeout and criteria they were created with; concurrency, limit, http settings and `paused` apply to them. A
 * worker issues the tickets that a higher concurrency allows. Throws `LimitUnknownError` and `TooManyQueuesError`.
 *
 * One step decides, in the hash slot that also decides which limits exist. If this process dies afterwards, the
 * reconciler applies the settings.
 */
export async function putQueue(
  engine: Engine,
  name: string,
  update: QueueUpdate,
): Promise<{ queue: Queue; isNew: boolean }> {
  const settings = fillIn(update)
  const { before } = await store(engine, name, settings)
  await applyQueueSettings(engine, name)
  const isNew = before === undefined && name !== DEFAULT_QUEUE
  const { concurrency } = before ?? DEFAULT_QUEUE_SETTINGS
  // No batch uses a new queue.
  if (!isNew && settings.concurrency !== concurrency) await scheduleSpread(engine, name)
  await sendSignal(engine, { kind: 'queue', queue: name })
  return { queue: await showQueue(engine, name, settings), isNew }
}

async function store(
  { redis, keys, quotas: { maxQueues } }: Engine,
  name: string,
  settings: QueueSettings,
): Promise<{ before: QueueSettings | undefined }> {
  const { queues, limited, limits, version, deletedQueues: deleted } = keys
  const request = { name, settings, maxQueues }
  const reply = await putQueueScript.run(redis, { queues, limited, limits, version, deleted }, request)
  if (reply.kind === 'no_limit') throw new LimitUnknownError(settings.limit ?? '')
  if (reply.kind === 'full') throw new TooManyQueuesError(name, maxQueues)
  return reply
}

function fillIn({ retry, interruptionCriteria, ...update }: QueueUpdate): QueueSettings {
  return {
    ...DEFAULT_QUEUE_SETTINGS,
    ...update,
    retry: completeRetry(DEFAULT_QUEUE_SETTINGS.retry, retry),
    interruptionCriteria: mergeCriteria({}, interruptionCriteria ?? {}),
  }
}
