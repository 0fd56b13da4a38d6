import type { Engine } from '../engine.ts'
import { QueuePermanentError, QueueInUseError, QueueNotFoundError } from '../errors.ts'
import { sendSignal } from '../signals.ts'
import { activeBatchesOf } from './active-batches.ts'
import { findQueueSettings } from '../settings/queue-settings.ts'
import { DEFAULT_QUEUE } from '../model/queue.ts'

/**
 * Deletes a queue. Throws `QueueNotFoundError`, `QueuePermanentError` for `default`, and `QueueInUseError` while an
 * unfinished batch uses it.
 */
export async function deleteQueue(engine: Engine, name: string): Promise<void> {
  if (name === DEFAULT_QUEUE) throw new QueuePermanentError()
  if (!(await findQueueSettings(engine, name))) throw new QueueNotFoundError(name)
  const [batchId] = await activeBatchesOf(engine, name)
  if (batchId !== undefined) throw new QueueInUseError(name, batchId)
  await engine.redis.srem(engine.keys.queues, name)
  await engine.redis.del(engine.keys.queueSettings(name))
  await engine.ticketQueues.open(name).obliterate({ force: true })
  await sendSignal(engine, { kind: 'queue', queue: name })
}
