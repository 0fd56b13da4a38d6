import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStartedError, BatchStateError } from '../errors.ts'
import type { Fields } from '../scripts/create-batch.ts'
import { updateBatchScript } from '../scripts/update-batch.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { Batch } from '../model/batch.ts'
import { checkBatch } from './check-batch.ts'
import { encodeCriteria, type CriteriaUpdate } from '../model/criteria.ts'
import { completeRetry, encodeRetry, type RetryPolicy } from '../model/retry-policy.ts'
import { readBatch } from './read-batch.ts'
import { readRunSettings } from './read-run-settings.ts'

/** New settings of an unfinished batch. Omitted settings stay unchanged. */
export interface BatchUpdate {
  /** Maximum number of tasks that run at once. Null: as many as the queue allows. */
  concurrency?: number | null | undefined
  priority?: number | undefined
  metadata?: Record<string, unknown> | undefined
  /** The time before which no task starts, if none has been leased. Null: at once. */
  startAt?: Date | null | undefined
  /** Changes to the retry policy, member by member. */
  retry?: Partial<RetryPolicy> | undefined
  /** Maximum duration of one attempt, in ms. */
  attemptTimeoutMs?: number | undefined
  /** New criteria. Null switches a criterion off. */
  interruptionCriteria?: CriteriaUpdate | undefined
}

/**
 * Changes the settings of a batch while it runs. New criteria are judged immediately. A new concurrency takes effect
 * with each ticket's next turn, a new priority with the tickets issued from then on. A retry
 * policy and an attempt timeout apply to attempts that start from then on. Throws `BatchNotFoundError`, `BatchStateError` if
 * the batch is completed or cancelled, and `BatchStartedError` if its start cannot change any more.
 */
export async function updateBatch(engine: Engine, batchId: string, update: BatchUpdate): Promise<Batch> {
  let reply = await store(engine, batchId, update)
  // Somebody else has changed the batch meanwhile: its retry policy may be another one.
  while (reply.kind === 'changed') reply = await store(engine, batchId, update)
  if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
  if (reply.kind === 'wrong_state')
    throw new BatchStateError(batchId, reply.state, 'Only an active or interrupted batch can be changed')
  if (reply.kind === 'started') throw new BatchStartedError(batchId)
  await checkBatch(engine, batchId)
  await issueTickets(engine, batchId)
  return await readBatch(engine, batchId)
}

async function store(engine: Engine, batchId: string, update: BatchUpdate) {
  const { retry, version: ifVersion } = update.retry === undefined ? {} : await readRetry(engine, batchId, update.retry)
  return await updateBatchScript.run(engine.redis, engine.keys.batch(batchId), {
    states: ['active', 'interrupted'],
    ifVersion,
    settings: { ...settingsOf(update), ...(retry && encodeRetry(retry)) },
    criteria: encodeCriteria(update.interruptionCriteria ?? {}),
  })
}

/** The retry policy after the change, and the version of the batch that had the one before. */
async function readRetry(engine: Engine, batchId: string, change: Partial<RetryPolicy>) {
  const settings = await readRunSettings(engine, batchId)
  if (settings === undefined) throw new BatchNotFoundError(batchId)
  return { retry: completeRetry(settings.retry, change), version: settings.version }
}

/** The script adjusts the number of tickets to the concurrencies. */
function settingsOf({ concurrency, priority, metadata, startAt, attemptTimeoutMs }: BatchUpdate): Fields {
  return {
    ...(startAt !== undefined && { start_at: startAt?.getTime() ?? 0 }),
    ...(concurrency !== undefined && { concurrency: concurrency ?? 0 }),
    ...(priority !== undefined && { priority }),
    ...(attemptTimeoutMs !== undefined && { attempt_timeout_ms: attemptTimeoutMs }),
    ...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
  }
}
