import type { Engine } from '../engine.ts'
import {
  BatchNotFoundError,
  BatchSealedError,
  BatchStateError,
  BatchTooLargeError,
  OffsetGapError,
  SluiceError,
} from '../errors.ts'
import { appendTasksScript, type AppendReply } from '../scripts/append-tasks.ts'
import { checkStorage } from '../storage-guard.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'

export interface AppendOptions {
  /** The seq of the first task given. What the batch holds already is skipped, so that a repeat is harmless. */
  offset?: number | undefined
  /** The batch is not to be run yet. */
  isDraft?: boolean
}

export interface AppendResult {
  /** Tasks added. */
  accepted: number
  /** Tasks that were in the batch already. */
  skipped: number
  /** Tasks in the batch now: the offset to go on with. */
  total: number
}

/**
 * Appends chunks of task envelopes to a batch, in order; each chunk is kept whole or refused whole. When one fails, or
 * `chunks` throws, the earlier ones stay, and `details` of a `SluiceError` say `accepted`, `skipped` and `total`.
 *
 * Throws `BatchNotFoundError`, `BatchSealedError`, `BatchStateError`, `OffsetGapError`, `BatchTooLargeError`,
 * `StorageFullError`.
 */
export async function appendTasks(
  engine: Engine,
  batchId: string,
  chunks: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  { offset, isDraft = false }: AppendOptions = {},
): Promise<AppendResult> {
  const result: AppendResult = { accepted: 0, skipped: 0, total: 0 }
  try {
    for await (const envelopes of chunks) {
      const isFirst = result.accepted === 0
      const next = offset === undefined ? undefined : offset + result.accepted + result.skipped
      await appendOneChunk(engine, batchId, envelopes, next, result)
      // Workers begin with the first chunk; a long upload need not ask for tickets again until its end.
      if (isFirst && result.accepted > 0 && !isDraft) await issueTickets(engine, batchId)
    }
    return await progress(engine, batchId, result)
  } catch (error) {
    if (error instanceof SluiceError) Object.assign(error.details, await progress(engine, batchId, result))
    throw error
  } finally {
    // If this process dies before it gets here, the reconciler does it.
    if (result.accepted > 0 && !isDraft) await issueTickets(engine, batchId)
  }
}

async function appendOneChunk(
  engine: Engine,
  batchId: string,
  envelopes: readonly string[],
  offset: number | undefined,
  result: AppendResult,
): Promise<void> {
  await checkStorage(engine)
  const { maxTasksPerBatch: maxTasks } = engine.quotas
  const reply = await appendTasksScript.run(engine.redis, engine.keys.batch(batchId), { offset, maxTasks, envelopes })
  if (reply.kind !== 'appended') throw refusal(engine, batchId, envelopes.length, offset, reply)
  result.total = reply.total
  result.skipped += reply.skipped
  result.accepted += envelopes.length - reply.skipped
}

function refusal(
  engine: Engine,
  batchId: string,
  taskCount: number,
  offset: number | undefined,
  reply: Exclude<AppendReply, { kind: 'appended' }>,
): SluiceError {
  switch (reply.kind) {
    case 'missing':
      return new BatchNotFoundError(batchId)
    case 'wrong_state':
      return new BatchStateError(batchId, reply.state, 'no tasks can be added to it')
    case 'sealed':
      return new BatchSealedError(batchId, reply.total)
    case 'gap':
      return new OffsetGapError(batchId, offset ?? 0, reply.total)
    case 'too_large':
      return new BatchTooLargeError((offset ?? reply.total) + taskCount, engine.quotas.maxTasksPerBatch)
  }
}

/** Before the first chunk was kept the batch has a total too, which a client needs to go on. Throws `BatchNotFoundError`. */
async function progress(engine: Engine, batchId: string, result: AppendResult): Promise<AppendResult> {
  if (result.total > 0) return result
  const total = await engine.redis.hget(engine.keys.batch(batchId).meta, 'total')
  if (total === null) throw new BatchNotFoundError(batchId)
  return { ...result, total: Number(total) }
}
