import type { Engine } from '../engine.ts'
import { QueueInUseError, QueueNotFoundError, QueuePermanentError } from '../errors.ts'
import { DEFAULT_QUEUE } from '../model/queue.ts'
import { deleteQueueScript } from '../scripts/delete-queue.ts'
import { sendSignal } from '../signals.ts'
import { removeQueue } from './apply-queue-settings.ts'

/**
 * Deletes a queue. Throws `QueueNotFoundError`, `QueuePermanentError` for `default`, and `QueueInUseError` while a batch
 * uses it: one that is not finished, whose last tasks are being aborted, or whose failed tasks are being retried.
 *
 * One step decides, in the same hash slot in which batches are published. If this process dies afterwards, the
 * reconciler removes what BullMQ keeps of the queue.
 */
export async function deleteQueue(engine: Engine, name: string): Promise<void> {
  if (name === DEFAULT_QUEUE) throw new QueuePermanentError()
  const { queues, limited, uses, deletedQueues: deleted } = engine.keys
  const reply = await deleteQueueScript.run(engine.redis, { queues, limited, uses, deleted }, { name })
  if (reply.kind === 'missing') throw new QueueNotFoundError(name)
  if (reply.kind === 'in_use') throw new QueueInUseError(name, reply.batchId)
  await sendSignal(engine, { kind: 'queue', queue: name })
  await removeQueue(engine, name)
}
