import type { Keys } from '../keys.ts'
import type { BatchState } from '../model/batch.ts'

/** What the indexes list of a batch. It follows from the batch's own keys (`lua/lib/description.lua`). */
export interface BatchDescription {
  /** Rises with each description of the batch. The indexes show the one with the greatest edition. */
  edition: number
  state: BatchState
  /** When the batch was created, in ms. */
  createdAt: number
  /** When the batch finished, in ms. 0: it is not finished. */
  finishedAt: number
  tenant: string
  /** The number of its tasks. */
  tasks: number
  /** What its tasks and the outcomes of completed ones hold. */
  bytes: number
  queue: string
  /** The version of the queue's settings that the batch has applied. */
  queueVersion: number
  /** True while every pass of the reconciler must visit the batch. */
  isUnsettled: boolean
  /** True while a task of the batch may run, or is about to be retried: its queue cannot be deleted. */
  usesQueue: boolean
}

/** Decodes the end of a reply that contains a description. */
export function decodeDescription(values: readonly unknown[]): BatchDescription {
  const [edition, state, createdAt, finishedAt, tenant, tasks, bytes, queue, queueVersion, isUnsettled, usesQueue] =
    values
  return {
    edition: Number(edition),
    state: state as BatchState,
    createdAt: Number(createdAt),
    finishedAt: Number(finishedAt),
    tenant: String(tenant),
    tasks: Number(tasks),
    bytes: Number(bytes),
    queue: String(queue),
    queueVersion: Number(queueVersion),
    isUnsettled: isUnsettled === 1,
    usesQueue: usesQueue === 1,
  }
}

/** A description and the id of its batch. */
export interface DescribedBatch {
  id: string
  description: BatchDescription
  /** The channel that tells workers of a queue with its first batch. */
  signals: string
}

/** The arguments that a description becomes, in the order of `DESCRIPTION_ARGS`. */
export function encodeDescription({ id, description, signals }: DescribedBatch) {
  return {
    id,
    edition: description.edition,
    state: description.state,
    created_at: description.createdAt,
    finished_at: description.finishedAt,
    tenant: description.tenant,
    tasks: description.tasks,
    bytes: description.bytes,
    queue: description.queue,
    is_unsettled: description.isUnsettled ? 1 : 0,
    uses_queue: description.usesQueue ? 1 : 0,
    signals,
  }
}

/** The names of the arguments that a description becomes. */
export const DESCRIPTION_ARGS = [
  'id',
  'edition',
  'state',
  'created_at',
  'finished_at',
  'tenant',
  'tasks',
  'bytes',
  'queue',
  'is_unsettled',
  'uses_queue',
  'signals',
] as const

/** The names of the keys that list batches. */
export const INDEX_KEYS = [
  'batches',
  'active',
  'interrupted',
  'completed',
  'cancelled',
  'finished',
  'unsettled',
  'uses',
  'editions',
  'usage',
] as const

/** The keys that list batches, by the names that scripts have for them. */
export function indexKeys(keys: Keys): Record<(typeof INDEX_KEYS)[number], string> {
  const { batches, batchesInState, finished, unsettled, uses, editions, tenantUsage: usage } = keys
  return {
    batches,
    active: batchesInState('active'),
    interrupted: batchesInState('interrupted'),
    completed: batchesInState('completed'),
    cancelled: batchesInState('cancelled'),
    finished,
    unsettled,
    uses,
    editions,
    usage,
  }
}
