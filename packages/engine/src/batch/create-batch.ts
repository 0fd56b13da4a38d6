import type { Engine } from '../engine.ts'
import { BatchNotFoundError } from '../errors.ts'
import { readQueueSettings } from '../settings/queue-settings.ts'
import { DEFAULT_QUEUE, type QueueSettings } from '../model/queue.ts'
import { createBatchScript, type Fields } from '../scripts/create-batch.ts'
import { sealBatchScript } from '../scripts/seal-batch.ts'
import { checkStorage } from '../storage-guard.ts'
import { appendTasks } from './append-tasks.ts'
import { newId } from '../new-id.ts'
import type { Batch, BatchSubmission } from '../model/batch.ts'
import { chunkTasks } from './chunk-tasks.ts'
import { refuseUsedCode } from './codes.ts'
import { encodeCriteria, mergeCriteria } from '../model/criteria.ts'
import { discardDraft, keepDraft, publishDraft, startDraft } from './drafts.ts'
import { claimIdempotency, type IdempotencyClaim } from './idempotency.ts'
import { readBatch } from './read-batch.ts'
import { DEFAULT_TENANT } from '../model/reach.ts'
import { completeRetry, encodeRetry } from '../model/retry-policy.ts'

const DEFAULT_TYPE = 'http'
const DEFAULT_PRIORITY = 5

/** The result of a submission. */
export interface Creation {
  batch: Batch
  /** False if an earlier submission with this idempotency key created the batch. */
  isNew: boolean
}

/** The reconciler discarded the draft, because a creation that takes that long counts as crashed. */
class DraftLostError extends Error {
  override readonly name = 'DraftLostError'

  constructor(id: string, cause: Error) {
    super(`The draft of batch "${id}" was discarded, because its creation took too long.`, { cause })
  }
}

/**
 * Creates a batch and appends the given tasks. The creation is all or nothing for clients: until it is complete the
 * batch is an invisible draft, which the reconciler discards if this process dies.
 *
 * Throws `QueueUnknownError`, `CodeTakenError`, `BatchTooLargeError`, `TooManyTypesError`, `QuotaReachedError`,
 * `StorageFullError`, `IdempotencyKeyReusedError` and `IdempotencyInProgressError`.
 */
export async function createBatch(engine: Engine, submission: BatchSubmission): Promise<Creation> {
  const id = newId()
  const deadline = await startDraft(engine, id)
  const stopKeeping = keepDraft(engine, id)
  try {
    return await createDrafted(engine, id, submission, deadline)
  } finally {
    stopKeeping()
  }
}

async function createDrafted(
  engine: Engine,
  id: string,
  submission: BatchSubmission,
  deadline: number,
): Promise<Creation> {
  const claim = await claimKey(engine, id, submission)
  if (claim?.answer) return { batch: claim.answer, isNew: false }
  const batch = await writeAndPublish(engine, id, { submission, deadline, claim }).catch(async (error: unknown) => {
    // A published batch stays: a repeated submission with the same key may have returned it, and its client may have
    // appended tasks.
    if (await discardDraft(engine, id)) await claim?.release()
    throw error instanceof BatchNotFoundError ? new DraftLostError(id, error) : error
  })
  await claim?.keep(batch)
  return { batch, isNew: true }
}

/** A draft that is about to be written. */
interface Drafted {
  submission: BatchSubmission
  /** The time of Redis's clock until which its first keys may be written, in ms. */
  deadline: number
  claim: IdempotencyClaim | undefined
}

async function writeAndPublish(engine: Engine, id: string, { submission, deadline, claim }: Drafted): Promise<Batch> {
  const code = submission.code ?? id
  await writeDraft(engine, id, { ...submission, code }, deadline)
  await claim?.complete()
  await publishDraft(engine, id, code)
  return await readBatch(engine, id)
}

async function claimKey(
  engine: Engine,
  id: string,
  { tenant = DEFAULT_TENANT, idempotency }: BatchSubmission,
): Promise<IdempotencyClaim | undefined> {
  if (idempotency === undefined) return undefined
  try {
    const claim = await claimIdempotency(engine, id, { ...idempotency, tenant })
    if (claim.answer) await discardDraft(engine, id)
    return claim
  } catch (error) {
    await discardDraft(engine, id)
    throw error
  }
}

async function writeDraft(
  engine: Engine,
  id: string,
  submission: BatchSubmission & { code: string },
  deadline: number,
): Promise<void> {
  await refuseUsedCode(engine, submission.tenant ?? DEFAULT_TENANT, submission.code)
  await checkStorage(engine)
  const { version, settings: queue } = await readQueueSettings(engine, submission.queue ?? DEFAULT_QUEUE)

  const criteria = mergeCriteria(queue.interruptionCriteria, submission.interruptionCriteria ?? {})
  const settings = { ...settingsOf(submission, queue), queue_version: version }
  const request = { deadline, settings, criteria: encodeCriteria(criteria) }
  const reply = await createBatchScript.run(engine.redis, engine.keys.batch(id), request)
  if (reply.kind === 'late') throw new BatchNotFoundError(id)
  await appendTasks(engine, id, chunksOf(submission), { isDraft: true })
  if (isComplete(submission)) await sealBatchScript.run(engine.redis, engine.keys.batch(id), engine.keys)
}

async function* chunksOf({ tasks = [], chunks }: BatchSubmission): AsyncGenerator<readonly string[]> {
  yield* chunkTasks(tasks)
  if (chunks) yield* chunks
}

function isComplete({ sealed, tasks }: BatchSubmission): boolean {
  return sealed ?? tasks !== undefined
}

function settingsOf(submission: BatchSubmission & { code: string }, queue: QueueSettings): Fields {
  return {
    tenant: submission.tenant ?? DEFAULT_TENANT,
    code: submission.code,
    queue: submission.queue ?? DEFAULT_QUEUE,
    type: submission.type ?? DEFAULT_TYPE,
    metadata: JSON.stringify(submission.metadata ?? {}),
    priority: submission.priority ?? DEFAULT_PRIORITY,
    concurrency: submission.concurrency ?? 0,
    start_at: submission.startAt?.getTime() ?? 0,
    queue_concurrency: queue.concurrency,
    ...encodeRetry(completeRetry(queue.retry, submission.retry)),
    attempt_timeout_ms: submission.attemptTimeoutMs ?? queue.attemptTimeoutMs,
    ...(submission.traceparent !== undefined && { traceparent: submission.traceparent }),
  }
}
