import type { Engine } from '../engine.ts'
import { describeBatchScript } from '../scripts/describe-batch.ts'
import { indexKeys, type BatchDescription } from '../scripts/batch-description.ts'
import { indexBatchScript } from '../scripts/index-batch.ts'
import { applyConcurrency } from './apply-concurrency.ts'

/** What came of indexing a batch. */
export interface Indexed {
  /** True if the indexes differed from the batch. */
  isChanged: boolean
  /** False if the queue of the batch does not exist. */
  hasQueue: boolean
}

/** How to index a batch. */
export interface IndexOptions {
  /** The hold of the batch that ends with this. Default: none. */
  release?: string | undefined
}

/**
 * Brings the indexes in line with a batch. They lie in another hash slot than the batch, so they cannot change with it in
 * one atomic step. They follow from the batch's own keys: each call reads a description of the batch with an edition of
 * its own, and the indexes refuse a description that is older than the one they show. A draft and a batch that was
 * deleted stay unlisted. Safe to repeat: every caller that changed a batch calls this, and the reconciler does so after
 * a crash.
 */
export async function indexBatch(
  engine: Engine,
  batchId: string,
  { release = '' }: IndexOptions = {},
): Promise<Indexed> {
  const reply = await describeBatchScript.run(engine.redis, engine.keys.batch(batchId), { release })
  if (reply.kind === 'missing') return { isChanged: false, hasQueue: true }
  return await showDescription(engine, batchId, reply.description)
}

/** Brings the indexes in line with a description of a batch. */
export async function showDescription(
  engine: Engine,
  batchId: string,
  description: BatchDescription,
): Promise<Indexed> {
  const { redis, keys } = engine
  const operands = { ...indexKeys(keys), queues: keys.queues }
  const reply = await indexBatchScript.run(redis, operands, { id: batchId, description, signals: keys.signals })
  if (reply.kind === 'unlisted') return { isChanged: false, hasQueue: true }
  // The queue may have changed while the batch was not listed among those that use it.
  if (description.usesQueue && reply.queueVersion > description.queueVersion) {
    await applyConcurrency(engine, batchId, description.queue)
  }
  return { isChanged: reply.kind === 'indexed' && reply.isChanged, hasQueue: reply.queueVersion >= 0 }
}
